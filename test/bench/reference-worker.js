/**
 * R, the reference every figure is a ratio to: the least a hibernating Durable Object can do for a room. Text in,
 * the same text out to everyone, the sender included. Nothing is checked, numbered or stored.
 */
import { DurableObject } from "cloudflare:workers";

export class ReferenceRoom extends DurableObject {
  fetch() {
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    return new Response(null, { status: 101, webSocket: client });
  }

  webSocketMessage(_sender, message) {
    for (const ws of this.ctx.getWebSockets()) ws.send(message);
  }
}

export default {
  fetch(request, env) {
    return env.ROOMS.getByName(new URL(request.url).pathname).fetch(request);
  },
};
