import WebSocket from "ws";
import type { Closed } from "./client.ts";
import { type Answer, parsed } from "./http.ts";
import { PATIENCE } from "./until.ts";

export interface KnockOptions {
  token?: string;
  protocols?: string[];
  headers?: Record<string, string>;
}

/** How a WebSocket handshake ended: refused over HTTP, closed by the server, or let in with a first frame. */
export type Knock =
  | { outcome: "refused"; answer: Answer }
  | { outcome: "closed"; protocol: string; closed: Closed }
  | { outcome: "welcome"; protocol: string; text: string };

/** Tries the handshake, looks at the first thing that comes back, and hangs up. */
export function knock(url: string, { token, protocols = [], headers = {} }: KnockOptions = {}): Promise<Knock> {
  const all = token === undefined ? headers : { authorization: `Bearer ${token}`, ...headers };
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url.replace("http", "ws"), protocols, { headers: all, handshakeTimeout: PATIENCE });
    const timer = setTimeout(() => reject(new Error("open, and then nothing came")), PATIENCE);
    const settle = (result: Knock) => {
      clearTimeout(timer);
      resolve(result);
      socket.terminate();
    };
    socket.on("unexpected-response", async (_request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk);
      const text = Buffer.concat(chunks).toString();
      const fields = Object.entries(response.headers).map(([name, value]): [string, string] => [name, String(value)]);
      const body = parsed(text) as Record<string, unknown>;
      settle({
        outcome: "refused",
        answer: { status: response.statusCode ?? 0, headers: new Headers(fields), text, body },
      });
    });
    socket.on("message", (raw) => settle({ outcome: "welcome", protocol: socket.protocol, text: raw.toString() }));
    socket.on("close", (code, reason) => {
      settle({ outcome: "closed", protocol: socket.protocol, closed: { code, reason: reason.toString() } });
    });
    // After "unexpected-response" this reports our own hanging up; before it, a real failure.
    socket.on("error", (error) => {
      if (socket.readyState !== WebSocket.CLOSED) return;
      clearTimeout(timer);
      reject(error);
    });
  });
}
