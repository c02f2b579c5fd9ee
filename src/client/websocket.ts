/** The connection as a WebSocket. */
import { PING, PONG, PROTOCOL } from "../protocol/frames.ts";
import { parseJson } from "../protocol/json.ts";
import { type Dial, urlOf } from "./link.ts";

const NO_STATUS = 1006;
/** Characters of a frame, more than a service can be configured to send. */
const LONGEST_FRAME = 4 * 1024 * 1024;

export const dialWebSocket: Dial = ({ token, query, ...target }, events, { WebSocket }) => {
  const url = urlOf({ ...target, query: { ...query, acks: "batch" } }, "connect").replace(/^http/, "ws");
  // In a subprotocol, because a browser's WebSocket sends no headers of ours.
  const protocols = [`edgewire.v${PROTOCOL}`];
  if (token) protocols.push(`edgewire.token.${token}`);
  const socket = new WebSocket(url, protocols);
  const send = (text: string) => {
    if (socket.readyState === WebSocket.OPEN) socket.send(text);
  };
  const ping = () => send(PING);
  // The first sign of life is ours: from now on both sides know soon when the other has gone.
  socket.addEventListener("open", ping);
  socket.addEventListener("message", ({ data }: MessageEvent) => {
    events.alive();
    // Bytes are no JSON either.
    if (data !== PONG) events.frame(data.length > LONGEST_FRAME ? null : parseJson(data));
  });
  socket.addEventListener("close", ({ code, reason }: { readonly code: number; readonly reason: string }) =>
    events.closed(code, reason),
  );
  // Some platforms tell only this of a connection that never was.
  socket.addEventListener("error", () => events.closed(NO_STATUS, "unreachable"));
  return {
    transport: "websocket",
    send: (frame) => send(JSON.stringify(frame)),
    ping,
    close: () => socket.close(), // without a code: one of 1000 would mean that the user leaves
  };
};
