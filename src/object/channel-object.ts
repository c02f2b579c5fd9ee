/**
 * The Durable Object of a channel: gives the core a log, sockets, timers and an alarm, and does what it decides.
 * Everything in memory is rebuilt by the constructor from a handful of rows and the sockets' attachments.
 */
import { DurableObject } from "cloudflare:workers";
import { operationsFor } from "../auth/capabilities.ts";
import { verifyToken } from "../auth/token.ts";
import { ruleFor } from "../channel-rules.ts";
import { Channel } from "../core/channel.ts";
import { receiptFields } from "../core/encode.ts";
import type { HistoryQuery } from "../core/history.ts";
import type { Host, Task } from "../core/host.ts";
import type { Identity } from "../core/identity.ts";
import type { Draft } from "../core/publish.ts";
import { receive } from "../core/receive.ts";
import { type AuthoredDraft, Requests } from "../core/request.ts";
import type { Session } from "../core/session.ts";
import type { SignalDraft } from "../core/signals.ts";
import type { Env } from "../env.ts";
import { hooks } from "../hooks.ts";
import { logLine } from "../logging.ts";
import type { Failure } from "../protocol/codes.ts";
import { epochFrom } from "../protocol/cursor.ts";
import { type MembersPage, PING, PONG } from "../protocol/frames.ts";
import type { Json } from "../protocol/json.ts";
import { type Settings, settingsOf } from "../settings.ts";
import { Log } from "../storage/log.ts";
import { MemberTable } from "../storage/members.ts";
import { Deadlines } from "./deadlines.ts";
import { HeldFrames, type RawFrame } from "./held-frames.ts";
import { SocketSubscriber, wakeSession } from "./hibernation.ts";
import { connectionsLostAt, losesConnections } from "./lives.ts";
import { admit, review } from "./review.ts";
import { type ChannelRpc, type ConnectFacts, FACTS_HEADER, type Outcome } from "./rpc.ts";
import { sqlOf } from "./sql.ts";

/** Bytes of messages in one page over HTTP. */
const HISTORY_BYTES = 8 * 1024 * 1024;

export abstract class ChannelObject extends DurableObject<Env> implements ChannelRpc {
  readonly #channel: Channel;
  readonly #requests: Requests;
  readonly #deadlines: Deadlines;
  readonly #settings: Settings;
  readonly #sessions = new WeakMap<WebSocket, Session>();
  readonly #kind: "room" | "user";
  /** Frames of sessions about whose last message the application has not spoken yet. */
  readonly #held: HeldFrames;
  readonly #timers = new Set<Task>();
  #isArming = false;

  constructor(ctx: DurableObjectState, env: Env, kind: "room" | "user") {
    super(ctx, env);
    const now = Date.now();
    const sql = sqlOf(ctx.storage);
    this.#kind = kind;
    const settings = settingsOf(env);
    // The edge has said so already, and calls no object.
    if ("problem" in settings) throw new Error(settings.problem);
    this.#settings = settings;
    const { config, rules } = settings;
    this.#held = new HeldFrames(config.PENDING_BYTES);
    const address = `${kind}:${ctx.id.name}`;
    const { retention } = ruleFor(rules, address);
    const { messages = config.RETAIN_MESSAGES, age = config.RETAIN_AGE, bytes = config.RETAIN_BYTES } = retention;
    const random = () => epochFrom(crypto.getRandomValues(new Uint8Array(12)));
    this.#channel = new Channel({
      address,
      config,
      log: new Log(sql, { messages, age, bytes }, random),
      members: new MemberTable(sql),
      host: this.#host(),
      lostAt: connectionsLostAt(ctx.id.toString(), now),
      now,
    });
    this.#requests = new Requests(this.#channel);
    this.#deadlines = new Deadlines(ctx.storage, this.#channel.deadlines, (name, error) =>
      logLine(env, "deadline_failed", { deadline: name, channelKind: kind, error: String(error) }),
    );
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair(PING, PONG));
    for (const socket of ctx.getWebSockets()) this.#wake(socket, now);
    if (this.#channel.isUsed) this.#arm();
  }

  // ---- sockets

  /** Only the edge calls it, to connect. */
  override async fetch(request: Request): Promise<Response> {
    const { identity, options } = JSON.parse(
      decodeURIComponent(request.headers.get(FACTS_HEADER) ?? ""),
    ) as ConnectFacts;
    const denied = await admit(identity, this.#channel.address);
    if (denied !== null) return Response.json(denied, { status: 409 });
    return this.#turn((now) => {
      const refusal = this.#channel.refusalFor(identity.user, options.connection, now);
      if (refusal !== null) return Response.json(refusal, { status: 409 });
      const [client, server] = Object.values(new WebSocketPair()) as [WebSocket, WebSocket];
      this.ctx.acceptWebSocket(server);
      const session = this.#channel.connect(identity, options, new SocketSubscriber(server, this.ctx), now);
      this.#sessions.set(server, session);
      return new Response(null, { status: 101, webSocket: client });
    });
  }

  override webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): void {
    const session = this.#sessions.get(socket);
    if (session === undefined || !this.#channel.sessions.has(session)) return;
    if (session.transport !== "ws") this.#turn((now) => this.#channel.pull(session, now));
    else if (!this.#held.has(session)) this.#turn((now) => receive(this.#channel, session, message, now));
    else if (!this.#held.push(session, message)) this.#turn((now) => this.#channel.end(session, "overloaded", now));
  }

  override webSocketClose(socket: WebSocket, code: number): void {
    // The runtime does not answer a Close for hibernating sockets. These three may not be sent (RFC 6455, 7.4.1).
    const answer = code === 1005 || code === 1006 || code === 1015 ? 1000 : code;
    this.#gone(socket, code === 1000, answer);
  }

  override webSocketError(socket: WebSocket): void {
    this.#gone(socket, false, 1011);
  }

  override alarm(): void {
    this.#turn((now) => this.#deadlines.ring(now));
  }

  // ---- requests of the edge

  async publish(
    identity: Identity,
    drafts: AuthoredDraft[],
    connection: string | null,
  ): Promise<Outcome<{ results: string[]; isNew: boolean }>> {
    const limited = this.#turn((now) => this.#requests.takeRate(identity, drafts.length, now));
    if (limited !== null) return { ok: false, failure: limited };
    const reviewed: AuthoredDraft[] = [];
    for (const draft of drafts) {
      const verdict = await review(draft, { ...identity, user: draft.user }, this.#channel.address);
      if ("code" in verdict) return { ok: false, failure: verdict };
      reviewed.push({ ...verdict, user: draft.user });
    }
    const accepted = this.#turn((now) => this.#requests.publish(identity, reviewed, connection, now, true));
    if ("code" in accepted) return { ok: false, failure: accepted };
    const { epoch } = this.#channel;
    await accepted.committed;
    return {
      ok: true,
      value: {
        results: accepted.receipts.map((receipt) => `{${receiptFields(receipt, epoch)}}`),
        isNew: accepted.receipts.some(({ duplicate }) => !duplicate),
      },
    };
  }

  async signal(identity: Identity, signal: SignalDraft, connection: string | null): Promise<Outcome<null>> {
    return outcome(this.#turn((now) => this.#requests.signal(identity, signal, connection, now)));
  }

  async history(query: HistoryQuery): Promise<Outcome<string>> {
    return { ok: true, value: this.#turn((now) => `{${this.#channel.history(query, HISTORY_BYTES, now)}}`) };
  }

  async members(limit: number, after: string): Promise<Outcome<MembersPage>> {
    return { ok: true, value: this.#turn((now) => this.#channel.members(limit, after, now)) };
  }

  async setMemberData(identity: Identity, connection: string, isPoll: boolean, data: Json): Promise<Outcome<null>> {
    return outcome(this.#turn((now) => this.#requests.setMemberData(identity, connection, isPoll, data, now)));
  }

  async clear(): Promise<Outcome<null>> {
    return outcome(this.#turn((now) => this.#channel.administration.clear(now)) ?? null);
  }

  async kick(user: string | null): Promise<Outcome<number>> {
    return { ok: true, value: this.#turn((now) => this.#channel.administration.kick(user, now)) };
  }

  async erase(): Promise<Outcome<null>> {
    return outcome(this.#turn((now) => this.#channel.administration.erase(now)) ?? null);
  }

  // ---- inside

  #wake(socket: WebSocket, now: number): void {
    if (socket.readyState !== WebSocket.OPEN) return;
    const session = wakeSession(socket, this.ctx, this.#settings.config);
    if (session === null) return socket.close(1012, "resume");
    this.#sessions.set(socket, session);
    this.#channel.restore(session, now);
  }

  #gone(socket: WebSocket, left: boolean, answer: number): void {
    const session = this.#sessions.get(socket);
    if (session !== undefined) this.#turn((now) => this.#channel.closed(session, left, now));
    new SocketSubscriber(socket, this.ctx).close(answer, "");
  }

  /** Runs one event through the core. If it throws, memory and disk may differ: start again from the disk. */
  #turn<Result>(event: (now: number) => Result): Result {
    try {
      return event(Date.now());
    } catch (error) {
      // The edge logs the reason: what the object itself logs now may be lost with it.
      losesConnections(this.ctx.id.toString(), Date.now());
      this.ctx.abort(`reset: ${error instanceof Error ? error.stack : error}`);
      throw error;
    }
  }

  #arm(): void {
    if (this.#isArming) return;
    this.#isArming = true;
    // Once a turn, after all that changed in it.
    queueMicrotask(() => {
      this.#isArming = false;
      this.#deadlines.arm(Date.now());
    });
  }

  #host(): Host {
    return {
      later: (task, ms) => {
        if (this.#timers.has(task)) return;
        this.#timers.add(task);
        setTimeout(() => {
          this.#timers.delete(task);
          this.#turn((now) => this.#channel.run(task, now));
        }, ms);
      },
      deadlinesChanged: () => this.#arm(),
      review: hooks.beforePublish === undefined ? null : (draft, session, then) => this.#review(draft, session, then),
      ended: (session, code, closeCode) => {
        const { connection, identity } = session;
        const { kind } = identity;
        const ids = { channel: this.#channel.address, user: identity.user, connection };
        logLine(this.env, "closed", { code, closeCode, channelKind: this.#kind, kind }, ids);
      },
      verify: (token) => this.#verify(token),
      randomId: () => crypto.randomUUID(),
    };
  }

  /** Holds a session's later frames back until the application has spoken about this one. */
  #review(draft: Draft, session: Session, then: (verdict: Draft | Failure, now: number) => void): void {
    const verdict = review(draft, session.identity, this.#channel.address);
    if (!(verdict instanceof Promise)) return this.#turn((now) => then(verdict, now));
    this.#held.begin(session);
    void verdict.then((late) => {
      this.#turn((now) => then(late, now));
      this.#release(session, this.#held.end(session));
    });
  }

  #release(session: Session, held: RawFrame[]): void {
    for (const [index, message] of held.entries()) {
      if (!this.#channel.sessions.has(session)) return;
      this.#turn((now) => receive(this.#channel, session, message, now));
      if (!this.#held.has(session)) continue;
      for (const later of held.slice(index + 1)) this.#held.push(session, later);
      return;
    }
  }

  async #verify(token: string): Promise<Identity | null> {
    const { config, rules, secrets } = this.#settings;
    if (token.length > config.TOKEN_BYTES) return null;
    const verdict = await verifyToken(token, secrets, Date.now());
    if (verdict === "invalid") return null;
    if (!("user" in verdict)) throw new Error("the keys cannot be fetched");
    const { user, kind, expires, info } = verdict;
    return { user, kind, operations: operationsFor(verdict, rules, this.#channel.address), expires, info };
  }
}

function outcome(failure: Failure | null): Outcome<null> {
  return failure === null ? { ok: true, value: null } : { ok: false, failure };
}
