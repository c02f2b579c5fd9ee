/** A plain relay's dialect: the payload is the frame, and the publisher's own coming back is all its acknowledgement. */
import type { Dialect } from "./dialect.ts";
import { payloadText, scanMarkers } from "./marker.ts";

export const relayDialect: Dialect = {
  headers: [],
  readyWhenOpen: true,
  acknowledgesByEcho: true,
  path: (room) => `/${room}`,
  eventsPath: null,
  publishText: (publisher) => payloadText(publisher, 0),
  reader: ({ delivered }) => ({ read: (bytes, start, end) => scanMarkers(bytes, start, end, delivered) }),
};
