/**
 * A room of Socket.IO 4 on Node, as its documents show one: what comes is emitted to the room, the sender included. No
 * adapter and no connection state recovery, which are off by default. Started by `server/node-server.ts`.
 */
import { createServer } from "node:http";
import { Server } from "socket.io";

const server = createServer();
const io = new Server(server);
io.on("connection", (socket) => {
  const { room } = socket.handshake.query;
  socket.join(room);
  socket.on("message", (data) => io.to(room).emit("message", data));
});
server.listen(0, "127.0.0.1", () => process.send(server.address().port));
process.once("disconnect", () => process.exit());
