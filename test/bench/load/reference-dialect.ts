/** R's dialect: the payload is the frame, and the publisher's own frame coming back is all the acknowledgement it has. */
import type { Dialect } from "./dialect.ts";
import { payloadText, scanMarkers } from "./marker.ts";

export const referenceDialect: Dialect = {
  headers: [],
  readyWhenOpen: true,
  acknowledgesByEcho: true,
  path: (room) => `/${room}`,
  eventsPath: null,
  publishText: (publisher) => payloadText(publisher, 0),
  reader: ({ delivered }) => ({ read: (bytes, start, end) => scanMarkers(bytes, start, end, delivered) }),
};
