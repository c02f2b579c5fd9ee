/**
 * A service that speaks the protocol over all three transports, with a real log, and a network between it and its clients
 * that can be slow, cut, deaf and forbidden. Time is a virtual clock's.
 */
import type { Message } from "../../src/client/index.ts";
import { FakeLog } from "./fake-log.ts";
import { type FakeSocket, fakeWebSocket, type SocketPeer } from "./fake-socket.ts";
import type { VirtualClock } from "./virtual-clock.ts";

export type Blocked = "websocket" | "sse" | "poll";

/** One open transport. */
interface Line {
  readonly user: string;
  expires: number;
  readonly transport: Blocked;
  /** What it was sent last: nothing is sent twice over one. */
  sent: number;
  frame(frame: object): void;
  /** Without a word: the client finds out, or does not. */
  cut(isHeard: boolean): void;
  end(code: number, reason: string): void;
}

export class FakeService {
  readonly log = new FakeLog();
  readonly lines = new Set<Line>();
  readonly blocked = new Set<Blocked>();
  /** ms that everything takes, each way. */
  latency = 5;
  isDown = false;
  isOverloaded = false;
  /** The transport of each dial, and of each poll. */
  dials: string[] = [];
  posts = 0;
  readonly #clock: VirtualClock;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  // ---- what a client is given

  readonly WebSocket = fakeWebSocket((socket, url, protocols) => this.#connect(socket, url, protocols));

  readonly fetch = ((input: string, init: RequestInit = {}) => this.#fetch(new URL(input), init)) as typeof fetch;

  // ---- what a test does

  publish(user: string, data: unknown): void {
    const { message } = this.log.append(user, { id: crypto.randomUUID(), event: "message", data }, this.#clock.now());
    if (message !== null) this.#tell();
  }

  cut(isHeard = true): void {
    for (const line of [...this.lines]) line.cut(isHeard);
  }

  signal(event: string): void {
    const signal = { user: "bob", connection: "c", event, data: null, at: this.#clock.now() };
    for (const line of this.lines) line.frame({ type: "signals", signals: [signal] });
  }

  /** Connections of a token that is over are ended. */
  expire(): void {
    for (const line of [...this.lines]) if (line.expires <= this.#clock.now()) line.end(4401, "unauthenticated");
  }

  // ---- the protocol

  #tell(): void {
    for (const line of this.lines) this.#catchUp(line);
  }

  #catchUp(line: Line): void {
    const messages = this.log.messages.slice(line.sent, line.sent + 3);
    if (messages.length === 0) return;
    line.sent += messages.length;
    line.frame({ type: "messages", messages });
    this.#catchUp(line);
  }

  /** Its welcome, and what it has missed. */
  #begin(line: Line, query: URLSearchParams): void {
    const missed = this.log.after(query.get("after") ?? this.log.head) ?? this.log.messages;
    line.sent = this.log.messages.length - missed.length;
    const resume = missed.length > 0 ? "replay" : "live";
    line.frame(welcomeOf(line, this.log.head, resume, this.#clock.now()));
    this.lines.add(line);
    this.#catchUp(line);
  }

  #publish(user: string, body: { id: string; event: string; data: unknown }) {
    if (this.isOverloaded) return null;
    const { receipt, message } = this.log.append(user, body, this.#clock.now());
    if (message !== null) this.#tell();
    return receipt;
  }

  #later(task: () => void): void {
    this.#clock.setTimeout(task, this.latency);
  }

  #claims(token: string | undefined): { sub: string; exp: number } | null {
    const claims = JSON.parse(atob(token?.split(".")[1] ?? "") || "null");
    return claims !== null && claims.exp * 1000 > this.#clock.now() ? claims : null;
  }

  // ---- as a WebSocket

  #connect(socket: FakeSocket, url: URL, protocols: readonly string[]): SocketPeer {
    this.dials.push("websocket");
    const isReachable = !this.isDown && !this.blocked.has("websocket");
    const claims = this.#claims(protocols[1]?.slice("edgewire.token.".length));
    let isCut = false;
    const line: Line = {
      user: claims?.sub ?? "",
      expires: (claims?.exp ?? 0) * 1000,
      transport: "websocket",
      sent: 0,
      frame: (frame) => this.#later(() => !isCut && socket.message(JSON.stringify(frame))),
      cut: (isHeard) => {
        isCut = true;
        this.lines.delete(line);
        if (isHeard) this.#later(() => socket.end(1006));
      },
      end: (code, reason) => {
        this.lines.delete(line);
        this.#later(() => socket.end(code, reason));
      },
    };
    this.#later(() => {
      if (!isReachable || this.isDown) return socket.end(1006);
      socket.open();
      if (claims === null) line.end(4401, "unauthenticated");
      else this.#begin(line, url.searchParams);
    });
    const arrived = (text: string) => {
      if (isCut || !this.lines.has(line)) return;
      if (text === "ping") return this.#later(() => !isCut && socket.message("pong"));
      const frame = JSON.parse(text);
      if (frame.type === "auth") {
        const renewed = this.#claims(frame.token);
        if (renewed === null) return line.end(4401, "unauthenticated");
        line.expires = renewed.exp * 1000;
        return line.frame({ type: "ack", ref: frame.ref, expires: line.expires });
      }
      if (frame.type !== "publish") return;
      const receipt = this.#publish(line.user, frame);
      if (receipt === null)
        line.frame({ type: "error", ref: frame.ref, code: "overloaded", message: "", retryAfter: 500 });
      else line.frame({ type: "acks", acks: [{ ref: frame.ref, ...receipt }] });
    };
    return {
      url,
      protocols,
      fromClient: (text) => this.#later(() => arrived(text)),
      closedByClient: () => this.#later(() => line.cut(false)),
    };
  }

  // ---- over HTTP

  #fetch(url: URL, { signal, headers, body, method = "GET" }: RequestInit): Promise<Response> {
    return new Promise((resolve, reject) => {
      const endpoint = url.pathname.split("/").at(-1) as string;
      const aborted = () => reject(new DOMException("aborted", "AbortError"));
      if (signal?.aborted) return aborted();
      signal?.addEventListener("abort", aborted);
      if (endpoint === "events") this.dials.push("sse");
      if (endpoint === "poll") this.dials.push("poll");
      this.#later(() => {
        if (signal?.aborted) return;
        const isBlocked = this.blocked.has(endpoint === "events" ? "sse" : endpoint === "poll" ? "poll" : "websocket");
        if (this.isDown || ((endpoint === "events" || endpoint === "poll") && isBlocked))
          return this.#later(() => reject(new TypeError("fetch failed")));
        const answer = (status: number, value: unknown) => this.#later(() => resolve(json(status, value)));
        if (endpoint === "health") return answer(200, { status: "ok" });
        const claims = this.#claims((headers as Record<string, string>).authorization?.slice("Bearer ".length));
        if (claims === null) return answer(401, { code: "unauthenticated", status: 401, detail: "" });
        if (endpoint === "events") return this.#later(() => resolve(this.#events(url, claims, signal ?? undefined)));
        if (endpoint === "poll") return this.#poll(url, answer, reject, signal ?? undefined);
        if (method !== "POST") return answer(404, { code: "not_found", status: 404, detail: "" });
        this.posts++;
        const given = JSON.parse(body as string);
        if (this.isOverloaded) return answer(503, { code: "overloaded", status: 503, detail: "" });
        const results = [given].flat().map((draft) => this.#publish(claims.sub, draft));
        answer(201, Array.isArray(given) ? { results } : results[0]);
      });
    });
  }

  #events(url: URL, { sub, exp }: { sub: string; exp: number }, signal?: AbortSignal): Response {
    const encoder = new TextEncoder();
    let isOver = false;
    let sink!: ReadableStreamDefaultController<Uint8Array>;
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        sink = controller;
      },
    });
    const text = (chunk: string) => this.#later(() => isOver || sink.enqueue(encoder.encode(chunk)));
    const stopBeat = this.#clock.every(() => text(":\n\n"), 15_000);
    const over = (): boolean => {
      if (isOver) return true;
      this.lines.delete(line);
      stopBeat();
      return false;
    };
    const line: Line = {
      user: sub,
      expires: exp * 1000,
      transport: "sse",
      sent: 0,
      frame: (frame) => text(eventOf(frame as { type: string })),
      cut: (isHeard) => {
        if (over()) return;
        isOver = true;
        if (isHeard) this.#later(() => sink.error(new TypeError("cut")));
      },
      end: (code, reason) => {
        if (over()) return;
        text(`event: end\ndata: ${JSON.stringify({ code, reason })}\n\n`);
      },
    };
    signal?.addEventListener("abort", () => {
      if (over()) return;
      isOver = true;
      sink.error(new DOMException("aborted", "AbortError"));
    });
    this.#begin(line, url.searchParams);
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  }

  #poll(
    url: URL,
    answer: (status: number, value: unknown) => void,
    reject: (error: unknown) => void,
    signal?: AbortSignal,
  ): void {
    const after = url.searchParams.get("after") ?? this.log.head;
    const connection = url.searchParams.get("connection") ?? crypto.randomUUID();
    const missed = () => this.log.after(after) ?? this.log.messages;
    let isOver = false;
    const over = (): boolean => {
      if (isOver) return true;
      isOver = true;
      this.lines.delete(line);
      this.#clock.clearTimeout(late as never);
      return false;
    };
    const reply = (messages: readonly Message[]) => {
      if (over()) return;
      const last = messages.at(-1);
      answer(200, { messages, cursor: last ? this.log.cursor(last.seq) : after, gap: null, connection });
    };
    const line: Line = {
      user: "",
      expires: Number.POSITIVE_INFINITY,
      transport: "poll",
      sent: this.log.messages.length,
      frame: (frame) => "messages" in frame && reply(missed().slice(0, 3)),
      cut: (isHeard) => {
        if (!over() && isHeard) this.#later(() => reject(new TypeError("cut")));
      },
      end: () => line.cut(true),
    };
    const timeout = Number(url.searchParams.get("timeout")) * 1000;
    const late = this.#clock.setTimeout(() => reply([]), timeout);
    if (missed().length > 0 || timeout === 0) return reply(missed().slice(0, 3));
    this.lines.add(line);
    signal?.addEventListener("abort", () => line.cut(false));
  }
}

export function tokenOf(sub: string, expires: number): string {
  return `e30.${btoa(JSON.stringify({ sub, exp: expires / 1000 })).replace(/=/g, "")}.e30`;
}

export function welcomeOf(
  { user = "alice", expires = null }: { user?: string; expires?: number | null },
  cursor: string,
  resume = "live",
  at = 0,
): Record<string, unknown> {
  const limits = { data: 65_536, frame: 131_072, presence: 1024, subscriptions: 0 };
  return {
    ...{ type: "welcome", protocol: 1, channel: "room:lobby", connection: "c1", user, cursor, resume, at, expires },
    heartbeat: { every: 30_000, timeout: 100_000 },
    limits: { ...limits, publish: { rate: 50, burst: 100 }, signal: { rate: 100 } },
    features: [],
  };
}

function eventOf({ type, ...fields }: { type: string }): string {
  if (type !== "messages") return `event: ${type}\ndata: ${JSON.stringify(fields)}\n\n`;
  const { messages } = fields as unknown as { messages: Message[] };
  return messages.map((message) => `data: ${JSON.stringify(message)}\n\n`).join("");
}

function json(status: number, value: unknown): Response {
  return new Response(JSON.stringify(value), { status, headers: { "content-type": "application/json" } });
}
