/** A plain relay's dialect: the payload is the frame, and the publisher's own coming back is all its acknowledgement. */
import type { Dialect } from "./dialect.ts";
import { payloadText, scanMarkers } from "./marker.ts";

/** @param prefix what the paths of rooms begin with */
export function relayDialect(prefix = ""): Dialect {
  return {
    headers: [],
    greeting: { frames: 0, reply: null },
    acknowledgesByEcho: true,
    path: (room) => `${prefix}/${room}`,
    eventsPath: null,
    publishText: (publisher) => payloadText(publisher, 0),
    reader: ({ delivered }) => ({ read: (bytes, start, end) => scanMarkers(bytes, start, end, delivered) }),
  };
}
