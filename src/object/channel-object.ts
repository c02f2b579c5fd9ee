/**
 * The Durable Object of a channel: gives the core a log, sockets, timers and an alarm, and does what it decides.
 * Everything in memory is rebuilt by the constructor from a handful of rows and the sockets' attachments.
 */
import { DurableObject } from "cloudflare:workers";
import type { Config } from "../config.ts";
import type { Channel } from "../core/channel.ts";
import type { HistoryQuery } from "../core/history.ts";
import type { Identity } from "../core/identity.ts";
import type { AuthoredDraft } from "../core/request.ts";
import type { Session } from "../core/session.ts";
import type { Sessions } from "../core/sessions.ts";
import type { SignalDraft } from "../core/signals.ts";
import type { Env } from "../env.ts";
import { closeAnswer } from "../protocol/codes.ts";
import { type MembersPage, PING, PONG } from "../protocol/frames.ts";
import type { Json } from "../protocol/json.ts";
import { assemble, type ObjectKind } from "./assembly.ts";
import type { Deadlines } from "./deadlines.ts";
import { attachmentOf, SocketSubscriber, wakeSession } from "./hibernation.ts";
import type { Surroundings } from "./host.ts";
import type { LinkAnswer, LinkCall } from "./links/calls.ts";
import { connectionsLostAt, holdsConnections, losesConnections } from "./lives.ts";
import { done, failed } from "./outcome.ts";
import type { Person } from "./person.ts";
import { type Publishing, publishAll } from "./publishing.ts";
import type { Relay } from "./relays/relay.ts";
import type { ServedRelays } from "./relays/served.ts";
import { admit } from "./review.ts";
import {
  type ChannelRpc,
  type ConnectFacts,
  FACTS_HEADER,
  type Outcome,
  type Revoked,
  type WhereaboutsIn,
} from "./rpc.ts";
import type { Subscriptions } from "./subscriptions/subscriptions.ts";
import { newUsage, type Usage } from "./usage.ts";

/** Bytes of messages in one page over HTTP. */
const HISTORY_BYTES = 8 * 1024 * 1024;

export abstract class ChannelObject extends DurableObject<Env> implements ChannelRpc {
  readonly #channel: Channel;
  /** Everything that has to do with it. */
  readonly #its: Surroundings & Publishing;
  readonly #deadlines: Deadlines;
  readonly #sessions = new WeakMap<WebSocket, Session>();
  readonly #lostAt: number;
  /** Of a user's object. */
  protected readonly person: Person | null;
  protected readonly subscriptions: Subscriptions | null;
  /** Of a room's. */
  protected readonly relays: ServedRelays;
  /** Of a relay. */
  protected readonly relay: Relay | null;
  protected readonly config: Config;
  readonly #usage: Usage;
  #isArming = false;

  constructor(ctx: DurableObjectState, env: Env, kind: ObjectKind) {
    super(ctx, env);
    const now = Date.now();
    this.#usage = newUsage(now);
    const { lostAt, atLatest } = connectionsLostAt(ctx.id.toString(), now, ctx.getWebSockets().length > 0);
    this.#lostAt = lostAt;
    const assembly = assemble({
      ...{ kind, ctx, env, usage: this.#usage, own: this, lostAt: atLatest, now },
      turn: (event) => this.turn(event),
      arm: () => this.#arm(),
    });
    const { its, relays, person, deadlines } = assembly;
    this.#its = its;
    this.#channel = its.channel;
    this.#deadlines = deadlines;
    this.person = person;
    this.subscriptions = its.subscriptions;
    this.relays = relays;
    this.relay = its.relay;
    this.config = its.settings.config;
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair(PING, PONG));
    for (const socket of ctx.getWebSockets()) this.#wake(socket, now);
    const isInDoubt = its.links.restore(now);
    assembly.meet();
    // A crash: whatever relays know of members may be old.
    if (isInDoubt) for (const { name } of its.links.relays.attached()) its.exchange?.attached(name, now);
    this.subscriptions?.restored();
    this.relay?.restored(now);
    if (assembly.isUsed || !its.links.isEmpty) this.#arm();
  }

  // ---- sockets

  /** Only the edge calls it, to connect. */
  override async fetch(request: Request): Promise<Response> {
    const facts = JSON.parse(decodeURIComponent(request.headers.get(FACTS_HEADER) ?? "")) as ConnectFacts;
    const { identity, options, hint, grants, follow = [] } = facts;
    this.#usage.requests++;
    const elsewhere = this.passOn(facts, this.#channel.sessions, Date.now());
    if (elsewhere !== null) return elsewhere;
    const denied = await admit(identity, this.#channel.address);
    if (denied !== null) return Response.json(denied, { status: 409 });
    const ready = this.relay?.ready(options) ?? null;
    const revoked = await this.#its.directory.enter(identity, hint);
    if (revoked !== null) return Response.json(revoked, { status: 409 });
    const unready = await ready;
    if (options.presence !== "none") await this.#its.exchange?.confirm();
    return this.turn((now) => {
      const refusal =
        unready ??
        this.relay?.refusalFor(options, now) ??
        this.#channel.refusalFor(identity.user, options.connection, now);
      if (refusal !== null) {
        this.relay?.connectionsChanged(now);
        if (!this.#channel.sessions.isHere(identity.user)) this.#its.directory.departed(identity, now);
        return Response.json(refusal, { status: 409 });
      }
      const [client, server] = Object.values(new WebSocketPair()) as [WebSocket, WebSocket];
      this.ctx.acceptWebSocket(server);
      holdsConnections(this.ctx.id.toString(), now);
      const session = this.#channel.connect(identity, options, this.#subscriber(server), now);
      this.#sessions.set(server, session);
      this.relay?.connectionsChanged(now);
      if (grants !== undefined) this.subscriptions?.begin(session, grants, hint, follow);
      return new Response(null, { status: 101, webSocket: client });
    });
  }

  override webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): void {
    this.#usage.framesIn++;
    const session = this.#sessions.get(socket);
    if (session === undefined || !this.#channel.sessions.has(session)) return;
    if (session.transport === "ws") this.#its.inlet.take(session, message);
    else
      this.turn((now) => {
        this.#channel.pull(session, now);
        this.subscriptions?.pulled(session);
      });
  }

  override webSocketClose(socket: WebSocket, code: number): void {
    // The runtime does not answer a Close for hibernating sockets.
    this.#gone(socket, code === 1000, closeAnswer(code));
  }

  override webSocketError(socket: WebSocket): void {
    this.#gone(socket, false, 1011);
  }

  override alarm(): void {
    this.#usage.requests++;
    this.turn((now) => this.#deadlines.ring(now));
  }

  // ---- requests of the edge

  async publish(
    identity: Identity,
    drafts: AuthoredDraft[],
    connection: string | null,
  ): Promise<Outcome<{ results: string[]; isNew: boolean }>> {
    this.#usage.requests++;
    return publishAll(this.#its, identity, drafts, connection);
  }

  signal(identity: Identity, signal: SignalDraft, connection: string | null): Promise<Outcome<null>> {
    return this.serve(identity, (now) => failed(this.#its.requests.signal(identity, signal, connection, now)));
  }

  history(identity: Identity, query: HistoryQuery): Promise<Outcome<string>> {
    return this.serve(identity, (now) => done(`{${this.#channel.history(query, HISTORY_BYTES, now)}}`));
  }

  async members(identity: Identity, limit: number, after: string): Promise<Outcome<MembersPage>> {
    const admitted = await this.serve(identity, () => done(null));
    return admitted.ok ? done(await this.#members(limit, after)) : admitted;
  }

  setMemberData(identity: Identity, connection: string, isPoll: boolean, data: Json): Promise<Outcome<null>> {
    return this.serve(identity, (now) =>
      failed(this.#its.requests.setMemberData(identity, connection, isPoll, data, now)),
    );
  }

  clear(identity: Identity): Promise<Outcome<null>> {
    return this.#everywhere(identity, (now) => this.#channel.administration.clear(now));
  }

  async kick(identity: Identity, user: string | null): Promise<Outcome<number>> {
    const here = await this.serve(identity, (now) => done(this.#channel.administration.kick(user, now)));
    return here.ok ? done(here.value + (await this.#its.links.relays.kick(user))) : here;
  }

  erase(identity: Identity): Promise<Outcome<null>> {
    return this.#everywhere(identity, (now) => this.#channel.administration.erase(now));
  }

  async usage(): Promise<Usage> {
    this.#usage.requests++;
    return this.#usage;
  }

  link(call: LinkCall): Promise<LinkAnswer> {
    this.#usage.requests++;
    return this.#its.links.call(call);
  }

  async count(): Promise<number> {
    this.#usage.requests++;
    return (await this.#members(0, "")).count;
  }

  async whereabouts(user: string): Promise<WhereaboutsIn> {
    this.#usage.requests++;
    // Those that follow it through the user's own object are known there.
    const own = [...this.#channel.sessions.ofUser(user)].filter(({ subscriber }) => subscriber.isRemote !== true);
    const connections = own.map(({ connection, transport, connectedAt: since }) => ({ connection, transport, since }));
    const isEntering = this.#its.directory.isEntering(user);
    if (connections.length === 0 && !isEntering) this.#its.directory.forget(user);
    return { connections, isEntering, goneAt: this.#goneAt(user) };
  }

  async revoke(user: string, second: number): Promise<Revoked> {
    this.#usage.requests++;
    return this.turn((now) => {
      // Known before anything is closed: a connection that is just being let in must find it.
      this.#its.directory.revoked(user, second, false);
      const { closed, left } = this.#channel.administration.revoke(user, second, now);
      this.#its.directory.revoked(user, second, left > 0);
      return { closed, isLeft: left > 0 || this.#its.directory.isEntering(user), goneAt: this.#goneAt(user) };
    });
  }

  /** What the edge is answered if others are to hold a new connection. Null: it is held here. */
  protected passOn(_facts: ConnectFacts, _sessions: Sessions, _now: number): Response | null {
    return null;
  }

  /** Serves a request of the edge, unless the token it came with is revoked. */
  protected async serve<Value>(
    identity: Identity,
    deed: (now: number, channel: Channel) => Outcome<Value>,
  ): Promise<Outcome<Value>> {
    this.#usage.requests++;
    const revoked = await this.#its.directory.check(identity);
    return revoked === null ? this.turn((now) => deed(now, this.#channel)) : { ok: false, failure: revoked };
  }

  /** Does what all who are connected notice, and answers when the relays have been told. */
  async #everywhere(identity: Identity, deed: (now: number) => void): Promise<Outcome<null>> {
    const outcome = await this.serve(identity, (now) => done(deed(now) ?? null));
    if (outcome.ok) await this.#its.links.relays.told();
    return outcome;
  }

  /** An event that another object brings. */
  protected called<Result>(event: (now: number, channel: Channel) => Result): Result {
    this.#usage.requests++;
    return this.turn((now) => event(now, this.#channel));
  }

  /** An event for the subscriptions of a user's object. */
  protected follow<Result>(event: (subscriptions: Subscriptions, now: number) => Result): Result {
    this.#usage.requests++;
    return this.turn((now) => event(this.subscriptions as Subscriptions, now));
  }

  // ---- inside

  /** Of all nodes of the channel. */
  async #members(limit: number, after: string): Promise<MembersPage> {
    await this.#its.links.confirm();
    const { exchange } = this.#its;
    const isAlone = exchange === null || this.#channel.presence.isAlone;
    return isAlone ? this.turn((now) => this.#channel.members(limit, after, now)) : exchange.members(limit, after);
  }

  /** When the last connection of a user ended, as well as this object knows; ms. */
  #goneAt(user: string): number {
    return this.#its.directory.departureOf(user) ?? this.#lostAt;
  }

  #subscriber(socket: WebSocket): SocketSubscriber {
    return new SocketSubscriber(
      socket,
      this.ctx,
      this.#usage,
      (session) => this.subscriptions?.attachmentOf(session) ?? null,
    );
  }

  #wake(socket: WebSocket, now: number): void {
    if (socket.readyState !== WebSocket.OPEN) return;
    const attachment = attachmentOf(socket);
    if (attachment === null) return socket.close(1012, "resume");
    const session = wakeSession(attachment, this.#subscriber(socket), this.#its.settings.config);
    if (attachment.follows !== undefined) this.subscriptions?.restore(session, attachment.follows);
    this.#sessions.set(socket, session);
    this.#channel.restore(session, now);
  }

  #gone(socket: WebSocket, left: boolean, answer: number): void {
    const session = this.#sessions.get(socket);
    if (session !== undefined) this.turn((now) => this.#channel.closed(session, left, now));
    this.#subscriber(socket).close(answer, "");
  }

  /** Runs one event through the core. If it throws, memory and disk may differ: start again from the disk. */
  protected turn<Result>(event: (now: number) => Result): Result {
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
}
