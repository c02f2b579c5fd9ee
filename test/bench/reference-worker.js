/**
 * R, the reference every figure is a ratio to: the least a Durable Object can do. As a room it hibernates, and sends the
 * text that comes to everyone, the sender included: nothing is checked, numbered or stored. As a table it answers a POST
 * with one INSERT and a GET with one SELECT.
 */
import { DurableObject } from "cloudflare:workers";

export class ReferenceRoom extends DurableObject {
  fetch(request) {
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    // A first frame as long as Edgewire's welcome, for the row of B6 that asks what that alone costs.
    if (request.url.endsWith("-greeted")) server.send("x".repeat(900));
    return new Response(null, { status: 101, webSocket: client });
  }

  webSocketMessage(_sender, message) {
    for (const ws of this.ctx.getWebSockets()) ws.send(message);
  }
}

export class ReferenceTable extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS messages (seq INTEGER PRIMARY KEY, body TEXT)");
  }

  async fetch(request) {
    const { sql } = this.ctx.storage;
    if (request.method === "POST") {
      const insert = "INSERT INTO messages (body) VALUES (?) RETURNING seq";
      return Response.json({ seq: sql.exec(insert, await request.text()).one().seq }, { status: 201 });
    }
    const limit = Number(new URL(request.url).searchParams.get("limit"));
    const rows = sql.exec("SELECT body FROM messages ORDER BY seq DESC LIMIT ?", limit).toArray();
    const page = rows.map(({ body }) => body).join(",");
    return new Response(`{"messages":[${page}]}`, { headers: { "content-type": "application/json" } });
  }
}

export default {
  fetch(request, env) {
    const { pathname } = new URL(request.url);
    const namespace = pathname.startsWith("/table/") ? env.TABLES : env.ROOMS;
    return namespace.getByName(pathname).fetch(request);
  },
};
