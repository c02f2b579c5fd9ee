/**
 * A service that speaks the protocol over all three transports, with a real log, and a network between it and its clients
 * that can be slow, cut, deaf and forbidden. Time is a virtual clock's.
 */
import { fetchFrom } from "./fake-http.ts";
import { FakeLog } from "./fake-log.ts";
import { type FakeSocket, fakeWebSocket, type SocketPeer } from "./fake-socket.ts";
import { type Subscribe, subscribe } from "./fake-subscriptions.ts";
import type { VirtualClock } from "./virtual-clock.ts";

export type Blocked = "websocket" | "sse" | "poll";

/** One open transport; or a subscription over one. */
export interface Line {
  readonly user: string;
  /** `room:lobby` */
  readonly channel: string;
  /** The subscriptions over it, by channel. */
  readonly subscriptions: Map<string, Line>;
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
  readonly #logs = new Map<string, FakeLog>();
  readonly lines = new Set<Line>();
  readonly blocked = new Set<Blocked>();
  /** ms that everything takes, each way. */
  latency = 5;
  isDown = false;
  isOverloaded = false;
  /** The transport of each dial, and of each poll. */
  dials: string[] = [];
  /** The URL of each WebSocket. */
  readonly urls: URL[] = [];
  posts = 0;
  /** Subscriptions of one connection to a user's channel. */
  most = 200;
  /** Every frame about subscriptions, in the order in which they came. */
  readonly subscribes: Subscribe[] = [];
  /** Publishes to a channel that was not subscribed to. */
  strays = 0;
  /** Channels whose subscribe is refused, with this code. */
  readonly refused = new Map<string, string>();
  /** Signals that came, each with the channel it is for. */
  readonly signals: [channel: string | undefined, event: string][] = [];
  readonly clock: VirtualClock;

  constructor(clock: VirtualClock) {
    this.clock = clock;
  }

  // ---- what a client is given

  readonly WebSocket = fakeWebSocket((socket, url, protocols) => this.#connect(socket, url, protocols));

  readonly fetch = ((input: string, init: RequestInit = {}) => fetchFrom(this, new URL(input), init)) as typeof fetch;

  // ---- what a test does

  /** Of the room `lobby`. */
  get log(): FakeLog {
    return this.logOf("room:lobby");
  }

  logOf(channel: string): FakeLog {
    const log = this.#logs.get(channel) ?? new FakeLog();
    this.#logs.set(channel, log);
    return log;
  }

  publish(user: string, data: unknown, channel = "room:lobby"): void {
    const draft = { id: crypto.randomUUID(), event: "message", data };
    const { message } = this.logOf(channel).append(user, draft, this.clock.now());
    if (message !== null) this.#tell();
  }

  /** Ends the subscriptions to a channel; the connections stay. */
  unsubscribe(channel: string, code: number, reason: string): void {
    for (const { subscriptions } of this.lines) subscriptions.get(channel)?.end(code, reason);
  }

  cut(isHeard = true): void {
    for (const line of [...this.lines]) line.cut(isHeard);
  }

  signal(event: string, channel = "room:lobby"): void {
    const signal = { user: "bob", connection: "c", event, data: null, at: this.clock.now() };
    for (const line of this.#linesTo(channel)) line.frame({ type: "signals", signals: [signal] });
  }

  /** Connections of a token that is over are ended. */
  expire(): void {
    for (const line of [...this.lines]) if (line.expires <= this.clock.now()) line.end(4401, "unauthenticated");
  }

  // ---- the protocol

  #linesTo(channel: string): Line[] {
    const all = [...this.lines].flatMap((line) => [line, ...line.subscriptions.values()]);
    return all.filter((line) => line.channel === channel);
  }

  #tell(): void {
    for (const channel of this.#logs.keys()) for (const line of this.#linesTo(channel)) this.catchUp(line);
  }

  catchUp(line: Line): void {
    const messages = this.logOf(line.channel).messages.slice(line.sent, line.sent + 3);
    if (messages.length === 0) return;
    line.sent += messages.length;
    line.frame({ type: "messages", messages });
    this.catchUp(line);
  }

  /** Its welcome, and what it has missed. */
  begin(line: Line, query: URLSearchParams): void {
    const resume = this.resume(line, query.get("after"));
    const { channel } = line;
    const welcome = welcomeOf(line, this.logOf(channel).head, resume, this.clock.now(), this.most);
    line.frame({ ...welcome, channel, ...(channel.startsWith("user:") && { read: "fake0epoch0-0", unread: 0 }) });
    this.lines.add(line);
    this.catchUp(line);
  }

  /** Where it stands in the log of its channel. */
  resume(line: Line, after: string | null): "live" | "replay" {
    const log = this.logOf(line.channel);
    const missed = log.after(after ?? log.head) ?? log.messages;
    line.sent = log.messages.length - missed.length;
    return missed.length > 0 ? "replay" : "live";
  }

  /** Null: it is overloaded. */
  take(user: string, body: { id: string; event: string; data: unknown }, channel: string) {
    if (this.isOverloaded) return null;
    const { receipt, message } = this.logOf(channel).append(user, body, this.clock.now());
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
    this.urls.push(url);
    const isReachable = !this.isDown && !this.blocked.has("websocket");
    const claims = this.claimsOf(protocols[1]?.slice("edgewire.token.".length));
    let isCut = false;
    const line: Line = {
      user: claims?.sub ?? "",
      expires: (claims?.exp ?? 0) * 1000,
      channel: channelOf(url, claims?.sub),
      subscriptions: new Map(),
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
      if (frame.type === "leave") return line.cut(false);
      if (frame.type.endsWith("subscribe")) return subscribe(this, line, frame);
      const to = frame.channel ? line.subscriptions.get(frame.channel) : line;
      if (frame.type === "signal") this.signals.push([to?.channel, frame.event]);
      if (frame.type !== "publish") return;
      if (!to) {
        this.strays++;
        return line.frame({ ...frame, type: "error", code: "not_found", message: "" });
      }
      const receipt = this.take(line.user, frame, to.channel);
      if (receipt === null)
        to.frame({ type: "error", ref: frame.ref, code: "overloaded", message: "", retryAfter: 500 });
      else to.frame({ type: "acks", acks: [{ ref: frame.ref, ...receipt }] });
    };
    return {
      url,
      protocols,
      fromClient: (text) => this.later(() => arrived(text)),
      closedByClient: () => this.later(() => line.cut(false)),
    };
  }
}

/** What a request is about, whose user that is. */
export function channelOf({ pathname }: URL, user = ""): string {
  const [, , kind = "", id = ""] = pathname.split("/");
  return `${kind.slice(0, -1)}:${id === "me" ? user : decodeURIComponent(id)}`;
}

export function tokenOf(sub: string, expires: number): string {
  return `e30.${btoa(JSON.stringify({ sub, exp: expires / 1000 })).replace(/=/g, "")}.e30`;
}

export function welcomeOf(
  { user = "alice", expires = null }: { user?: string; expires?: number | null },
  cursor: string,
  resume = "live",
  at = 0,
  subscriptions = 0,
): Record<string, unknown> {
  const limits = { data: 65_536, frame: 131_072, presence: 1024, subscriptions };
  return {
    ...{ type: "welcome", protocol: 1, channel: "room:lobby", connection: "c1", user, cursor, resume, at, expires },
    heartbeat: { every: 30_000, timeout: 100_000 },
    limits: { ...limits, publish: { rate: 50, burst: 100 }, signal: { rate: 100 } },
    features: [],
  };
}
