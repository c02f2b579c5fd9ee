/**
 * A room as a topic of uWebSockets.js (C++) on Node: what comes is published to all of it, the sender included. Started
 * by `server/node-server.ts`.
 */
import uWS from "uWebSockets.js";

const app = uWS.App();
app.ws("/*", {
  compression: uWS.DISABLED,
  // Without it a reader that falls behind is cut off at 64 KiB: here a window is more than that.
  maxBackpressure: 256 * 1024 * 1024,
  upgrade(response, request, context) {
    response.upgrade(
      { room: request.getUrl() },
      request.getHeader("sec-websocket-key"),
      request.getHeader("sec-websocket-protocol"),
      request.getHeader("sec-websocket-extensions"),
      context,
    );
  },
  open(socket) {
    socket.subscribe(socket.getUserData().room);
  },
  message(socket, message, isBinary) {
    app.publish(socket.getUserData().room, message, isBinary);
  },
});
app.listen("127.0.0.1", 0, (listening) => process.send(uWS.us_socket_local_port(listening)));
process.once("disconnect", () => process.exit());
