/**
 * What most people would write: a room as a Set of sockets of the npm package ws, on Node. Text in, the same text out to
 * everyone, the sender included. Nothing is checked, numbered or stored.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";

const rooms = new Map<string, Set<WebSocket>>();
const server = createServer();

new WebSocketServer({ server, perMessageDeflate: false }).on("connection", (socket, { url = "" }) => {
  const room = rooms.get(url) ?? new Set();
  rooms.set(url, room);
  room.add(socket);
  socket.on("close", () => room.delete(socket));
  socket.on("message", (message) => {
    for (const each of room) each.send(message, { binary: false });
  });
});
server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
process.once("disconnect", () => process.exit());
