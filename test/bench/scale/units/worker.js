/**
 * A room and its relays with nothing in them but what costs: calls from one object to others, rows, sends. What one of each
 * takes of the CPU is measured from outside (`measure.ts`).
 */
import { DurableObject } from "cloudflare:workers";

export class Room extends DurableObject {
  /** Calls each of `relays` with a batch, `rounds` times: the next round when all have answered. */
  async push({ relays, rounds, bytes, row }) {
    const stubs = Array.from({ length: relays }, (_, n) => this.env.RELAYS.getByName(`relay-${n}`));
    const text = "x".repeat(bytes);
    for (let round = 0; round < rounds; round++)
      await Promise.all(stubs.map((relay) => relay.take({ epoch: "e", from: round, to: round + 1, text }, row)));
  }
}

export class Relay extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS place (id INTEGER PRIMARY KEY, epoch TEXT, seq INTEGER)");
  }

  fetch() {
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    return new Response(null, { status: 101, webSocket: client });
  }

  /** The position is written, then everybody has it. */
  take({ epoch, to, text }, row) {
    if (row) this.ctx.storage.sql.exec("INSERT OR REPLACE INTO place VALUES (0, ?, ?)", epoch, to);
    for (const socket of this.ctx.getWebSockets()) socket.send(text);
    return { to };
  }
}

export default {
  async fetch(request, env) {
    const url = new URL(request.url);
    if (url.pathname === "/socket") return env.RELAYS.getByName(url.searchParams.get("relay")).fetch(request);
    await env.ROOMS.getByName("room").push(await request.json());
    return new Response("done");
  },
};
