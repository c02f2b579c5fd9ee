/**
 * A server that does next to nothing: it counts the publishes that come without looking into them, and answers with
 * Edgewire's frames for as many messages, made once and written to every socket. So what it and the load generator reach
 * together is what the generator can take. It relies on what the generator does: every publish is one whole, masked frame
 * of publisher 0 in a room of its own.
 */
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { markerText, messageName, payloadText } from "../load/marker.ts";

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const CLOSE = 0x88;
/** Of a masked frame's head: two bytes, and the mask. */
const HEAD = 6;

interface Room {
  readonly sockets: Set<Socket>;
  published: number;
}

const rooms = new Map<string, Room>();
const server = createServer();

server.on("upgrade", ({ url = "", headers }, socket: Socket) => {
  const accept = createHash("sha1").update(`${headers["sec-websocket-key"]}${GUID}`).digest("base64");
  const fields = ["Upgrade: websocket", "Connection: Upgrade", `Sec-WebSocket-Accept: ${accept}`];
  socket.write(`HTTP/1.1 101 Switching Protocols\r\n${fields.join("\r\n")}\r\n\r\n`);
  socket.write(frame('{"type":"welcome"}'));
  const path = url.split("?")[0] as string;
  const room: Room = rooms.get(path) ?? { sockets: new Set(), published: 0 };
  rooms.set(path, room);
  room.sockets.add(socket);
  let rest = Buffer.alloc(0);
  socket.on("data", (data) => {
    const bytes = rest.length === 0 ? data : Buffer.concat([rest, data]);
    const { count, end, isClosing } = framesIn(bytes);
    rest = bytes.subarray(end);
    if (count > 0) echo(room, socket, count);
    if (isClosing) socket.end();
  });
  socket.on("error", () => socket.destroy());
  socket.on("close", () => room.sockets.delete(socket));
});

function framesIn(bytes: Buffer): { count: number; end: number; isClosing: boolean } {
  let [count, at] = [0, 0];
  while (at + HEAD <= bytes.length) {
    if (bytes[at] === CLOSE) return { count, end: bytes.length, isClosing: true };
    const short = (bytes[at + 1] as number) & 0x7f;
    const length = short < 126 ? HEAD + short : HEAD + 2 + bytes.readUInt16BE(at + 2);
    if (at + length > bytes.length) break;
    at += length;
    count++;
  }
  return { count, end: at, isClosing: false };
}

function echo(room: Room, publisher: Socket, count: number): void {
  const numbers = Array.from({ length: count }, () => room.published++);
  const messages = numbers.map((n) =>
    JSON.stringify({ seq: n + 1, id: messageName(0, n), user: "b0", at: 1, event: "message", data: payloadText(0, n) }),
  );
  publisher.write(frame(`{"type":"acks","acks":[${numbers.map((n) => `{"ref":"${markerText(0, n)}"}`).join(",")}]}`));
  const bytes = frame(`{"type":"messages","messages":[${messages.join(",")}]}`);
  for (const socket of room.sockets) socket.write(bytes);
}

function frame(text: string): Buffer {
  const payload = Buffer.from(text);
  const head = Buffer.alloc(payload.length < 126 ? 2 : payload.length < 0x10000 ? 4 : 10);
  head[0] = 0x81;
  head[1] = payload.length < 126 ? payload.length : payload.length < 0x10000 ? 126 : 127;
  if (head.length === 4) head.writeUInt16BE(payload.length, 2);
  if (head.length === 10) head.writeBigUInt64BE(BigInt(payload.length), 2);
  return Buffer.concat([head, payload]);
}

server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
process.once("disconnect", () => process.exit());
