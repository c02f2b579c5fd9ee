/**
 * Socket.IO's dialect: Engine.IO 4 over WebSocket alone, as a browser that does not begin with polling, and Socket.IO 5
 * in it. A packet begins with its type: `0` the server's hello, `2` its ping, `40` being let in, `42` an event as a JSON
 * array. Its room is in the query, since a room is whatever a server makes one.
 */
import type { Dialect, Events } from "./dialect.ts";
import { payloadText, scanMarkers } from "./marker.ts";

const [ENGINE_OPEN, ENGINE_PING, ENGINE_MESSAGE] = [0x30, 0x32, 0x34];
const [CONNECT, EVENT] = [0x30, 0x32];
/** Of both directions: `socket-io.js` sends on what comes under this name. */
const EVENT_NAME = "message";

export const socketIoDialect: Dialect = {
  headers: [],
  greeting: { frames: 2, reply: "40" },
  acknowledgesByEcho: true,
  path: (room) => `/socket.io/?EIO=4&transport=websocket&room=${room}`,
  eventsPath: null,
  publishText: (publisher) => `42${JSON.stringify([EVENT_NAME, payloadText(publisher, 0)])}`,
  reader: (events) => ({ read: (bytes, start, end) => read(events, bytes, start, end) }),
};

function read(events: Events, bytes: Uint8Array, start: number, end: number): void {
  const [engine, packet] = [bytes[start], bytes[start + 1]];
  if (engine === ENGINE_MESSAGE && packet === EVENT) scanMarkers(bytes, start, end, events.delivered);
  else if (engine === ENGINE_OPEN) events.reply("40");
  else if (engine === ENGINE_PING) events.reply("3");
  else if (engine === ENGINE_MESSAGE && packet === CONNECT) events.ready();
  else events.fault(`the server sent ${Buffer.from(bytes.subarray(start, end)).toString()}`);
}
