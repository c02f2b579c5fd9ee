/** The connection as a WebSocket. */
import { decodeServerFrame } from "../protocol/decode-server.ts";
import { type ClientFrame, PING, PONG, PROTOCOL } from "../protocol/frames.ts";
import { type Dial, urlOf } from "./link.ts";

const NO_STATUS = 1006;
/** Characters of a frame, more than a service can be configured to send. */
const LONGEST_FRAME = 4 * 1024 * 1024;

export const dialWebSocket: Dial = (target, events, { WebSocket }) => {
  const url = urlOf(target, "connect", { acks: "batch" }).replace(/^http/, "ws");
  // In a subprotocol, because a browser's WebSocket sends no headers of ours.
  const protocols = [`edgewire.v${PROTOCOL}`];
  if (target.token !== null) protocols.push(`edgewire.token.${target.token}`);
  const socket = new WebSocket(url, protocols);
  let isOver = false;
  const over = (code: number, reason: string) => {
    if (isOver) return;
    isOver = true;
    events.closed(code, reason);
  };
  socket.addEventListener("open", () => {
    // The first sign of life is ours: from now on both sides know soon when the other has gone.
    if (!isOver) socket.send(PING);
  });
  socket.addEventListener("message", ({ data }: MessageEvent) => {
    if (isOver) return;
    events.alive();
    if (data === PONG) return;
    const isText = typeof data === "string" && data.length <= LONGEST_FRAME;
    const decoded = isText ? decodeServerFrame(data) : ({ kind: "broken", reason: "no frame" } as const);
    if (decoded.kind === "frame") events.frame(decoded.frame);
    else if (decoded.kind === "broken") {
      over(NO_STATUS, decoded.reason);
      socket.close();
    }
  });
  socket.addEventListener("close", ({ code, reason }: { readonly code: number; readonly reason: string }) =>
    over(code, reason),
  );
  // Some platforms tell only this of a connection that never was.
  socket.addEventListener("error", () => over(NO_STATUS, "unreachable"));
  const send = (text: string) => {
    if (socket.readyState === WebSocket.OPEN) socket.send(text);
  };
  return {
    send: (frame: ClientFrame) => send(JSON.stringify(frame)),
    ping: () => send(PING),
    isDuplex: true,
    close: () => {
      isOver = true;
      socket.close(); // without a code: one of 1000 would mean that the user leaves
    },
  };
};
