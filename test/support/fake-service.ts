/**
 * A service that speaks the protocol over all three transports, with a real log, and a network between it and its clients
 * that can be slow, cut, deaf and forbidden. Time is a virtual clock's.
 */
import { fetchFrom } from "./fake-http.ts";
import { FakeLog } from "./fake-log.ts";
import { type FakeSocket, fakeWebSocket, type SocketPeer } from "./fake-socket.ts";
import type { VirtualClock } from "./virtual-clock.ts";

export type Blocked = "websocket" | "sse" | "poll";

/** One open transport. */
export interface Line {
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
  readonly clock: VirtualClock;

  constructor(clock: VirtualClock) {
    this.clock = clock;
  }

  // ---- what a client is given

  readonly WebSocket = fakeWebSocket((socket, url, protocols) => this.#connect(socket, url, protocols));

  readonly fetch = ((input: string, init: RequestInit = {}) => fetchFrom(this, new URL(input), init)) as typeof fetch;

  // ---- what a test does

  publish(user: string, data: unknown): void {
    const { message } = this.log.append(user, { id: crypto.randomUUID(), event: "message", data }, this.clock.now());
    if (message !== null) this.#tell();
  }

  cut(isHeard = true): void {
    for (const line of [...this.lines]) line.cut(isHeard);
  }

  signal(event: string): void {
    const signal = { user: "bob", connection: "c", event, data: null, at: this.clock.now() };
    for (const line of this.lines) line.frame({ type: "signals", signals: [signal] });
  }

  /** Connections of a token that is over are ended. */
  expire(): void {
    for (const line of [...this.lines]) if (line.expires <= this.clock.now()) line.end(4401, "unauthenticated");
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
  begin(line: Line, query: URLSearchParams): void {
    const missed = this.log.after(query.get("after") ?? this.log.head) ?? this.log.messages;
    line.sent = this.log.messages.length - missed.length;
    const resume = missed.length > 0 ? "replay" : "live";
    line.frame(welcomeOf(line, this.log.head, resume, this.clock.now()));
    this.lines.add(line);
    this.#catchUp(line);
  }

  /** Null: it is overloaded. */
  take(user: string, body: { id: string; event: string; data: unknown }) {
    if (this.isOverloaded) return null;
    const { receipt, message } = this.log.append(user, body, this.clock.now());
    if (message !== null) this.#tell();
    return receipt;
  }

  /** On its way. */
  later(task: () => void): void {
    this.clock.setTimeout(task, this.latency);
  }

  /** Of one that is good now; else null. */
  claimsOf(token: string | undefined): { sub: string; exp: number } | null {
    const claims = JSON.parse(atob(token?.split(".")[1] ?? "") || "null");
    return claims !== null && claims.exp * 1000 > this.clock.now() ? claims : null;
  }

  // ---- as a WebSocket

  #connect(socket: FakeSocket, url: URL, protocols: readonly string[]): SocketPeer {
    this.dials.push("websocket");
    const isReachable = !this.isDown && !this.blocked.has("websocket");
    const claims = this.claimsOf(protocols[1]?.slice("edgewire.token.".length));
    let isCut = false;
    const line: Line = {
      user: claims?.sub ?? "",
      expires: (claims?.exp ?? 0) * 1000,
      transport: "websocket",
      sent: 0,
      frame: (frame) => this.later(() => !isCut && socket.message(JSON.stringify(frame))),
      cut: (isHeard) => {
        isCut = true;
        this.lines.delete(line);
        if (isHeard) this.later(() => socket.end(1006));
      },
      end: (code, reason) => {
        this.lines.delete(line);
        this.later(() => socket.end(code, reason));
      },
    };
    this.later(() => {
      if (!isReachable || this.isDown) return socket.end(1006);
      socket.open();
      if (claims === null) line.end(4401, "unauthenticated");
      else this.begin(line, url.searchParams);
    });
    const arrived = (text: string) => {
      if (isCut || !this.lines.has(line)) return;
      if (text === "ping") return this.later(() => !isCut && socket.message("pong"));
      const frame = JSON.parse(text);
      if (frame.type === "auth") {
        const renewed = this.claimsOf(frame.token);
        if (renewed === null) return line.end(4401, "unauthenticated");
        line.expires = renewed.exp * 1000;
        return line.frame({ type: "ack", ref: frame.ref, expires: line.expires });
      }
      if (frame.type !== "publish") return;
      const receipt = this.take(line.user, frame);
      if (receipt === null)
        line.frame({ type: "error", ref: frame.ref, code: "overloaded", message: "", retryAfter: 500 });
      else line.frame({ type: "acks", acks: [{ ref: frame.ref, ...receipt }] });
    };
    return {
      url,
      protocols,
      fromClient: (text) => this.later(() => arrived(text)),
      closedByClient: () => this.later(() => line.cut(false)),
    };
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
