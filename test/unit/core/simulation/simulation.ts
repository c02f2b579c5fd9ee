/** A channel, its clients and its disk, driven step by step; throws as soon as something is not as it must be. */
import { PresenceModel } from "../../../support/presence-model.ts";
import { DiskFailure } from "../../../support/sqlite.ts";
import { TestChannel } from "../../../support/test-channel.ts";
import { Client } from "./client.ts";
import { Ledger } from "./ledger.ts";
import { Publications } from "./publications.ts";
import { Publishing } from "./publishing.ts";
import { compareView, readHistory, readMembers } from "./reads.ts";
import type { Scenario, Step } from "./steps.ts";

/** Ends after which a user is gone at once. */
const LEFT = [1000, 4403, 4408, 4410];
const COME_BACK = {
  kind: "connect",
  transport: "ws",
  view: "events",
  start: "resume",
  presence: "members",
  member: true,
  echo: true,
  acks: "single",
  data: undefined,
  life: null,
} as const;

export class Simulation {
  readonly #world: TestChannel;
  readonly #ledger: Ledger;
  readonly #publications: Publications;
  readonly #publishing: Publishing;
  readonly #clients: Client[];
  #presence: PresenceModel;
  #isCrashing = false;
  #connections = 0;

  constructor({ settings, large }: Scenario) {
    const world = new TestChannel(settings);
    const { RETAIN_MESSAGES: messages, RETAIN_AGE: age, RETAIN_BYTES: bytes } = world.config;
    this.#world = world;
    this.#ledger = new Ledger({ messages, age, bytes });
    this.#publications = new Publications(this.#ledger, large);
    this.#publishing = new Publishing(world, this.#publications);
    this.#presence = new PresenceModel(world.config.PRESENCE_GRACE);
    this.#clients = ["a", "a", "b", "c"].map((user) => new Client(user, this.#ledger, this.#publications));
    for (const client of this.#clients) client.origins = this.#publishing.origins;
    world.onTurn = (done) => this.#observe(done);
  }

  take(step: Step): void {
    this.#do(step);
    this.#observe(true);
    this.#compareViews();
  }

  /** The last fault is over: everyone comes back, reads all there is, and must be at the head. */
  finish(): void {
    for (const client of this.#clients) client.isMute = false;
    // Several times: the last tokens end meanwhile.
    for (let round = 0; round < 3; round++) {
      for (const [client, { peer }] of this.#clients.entries()) {
        if (peer?.session.transport === "poll") this.take({ kind: "end", client, code: 1001 });
        if (this.#clients[client]?.peer == null) this.take({ ...COME_BACK, client });
        else if (peer !== null) peer.subscriber.unsentBytes = 0;
      }
      for (const [client, { reader }] of this.#clients.entries())
        while (reader?.hasMore) this.take({ kind: "pull", client });
      this.take({ kind: "wait", ms: 10_000 });
    }
    const { epoch, head } = this.#ledger;
    for (const client of this.#clients) {
      client.read(Number.POSITIVE_INFINITY);
      if (!client.chain.isAt({ epoch: epoch ?? "", seq: head }, client.isOwn))
        throw new Error(`I14: ${client.user} is at ${JSON.stringify(client.chain.position)}, the head is ${head}`);
    }
    this.take({ kind: "look" });
    this.take({ kind: "history", after: null, before: null, limit: 1000, order: "asc" });
    const { log, now } = this.#world;
    if (log.oldest(now) !== this.#ledger.oldest(now)) throw new Error("RETAIN-1: another oldest");
  }

  #do(step: Step): void {
    const world = this.#world;
    const client = "client" in step ? (this.#clients[step.client] as Client) : null;
    const peer = client?.peer;
    switch (step.kind) {
      case "connect":
        if (client !== null && mayConnect(client, step)) this.#connect(client, step);
        return;
      case "publish":
        if (client !== null) this.#publishing.publish(client, step.over, step.id, step.flavor);
        return;
      case "retry":
        if (client !== null) this.#publishing.retry(client, step.over);
        return;
      case "array":
        if (client !== null) this.#publishing.publishAll(client, step.ids);
        return;
      case "read":
        return client?.read(step.frames);
      case "jam":
        if (peer) peer.subscriber.unsentBytes = step.full ? 300_000 : 0;
        return;
      case "end":
        return peer?.close(step.code);
      case "leave":
      case "signal":
        if (client === null || peer?.session.transport !== "ws") return;
        client.lastSign = world.now;
        return peer.send({ type: step.kind, event: "e", data: 1 });
      case "pull":
        if (client === null || client.reader === null || peer?.session.transport !== "sse") return;
        client.lastSign = world.now;
        client.reader.hasMore = false;
        return peer.pull();
      case "mute":
        if (client !== null) client.isMute = true;
        return;
      case "say":
        if (client === null || !peer?.session.member || peer.session.transport !== "ws") return;
        client.lastSign = world.now;
        peer.send({ type: "presence", data: step.data });
        if (peer.isOpen) this.#presence.update(client.user, step.data);
        return;
      case "run":
        if (world.isAwake && world.host.tasks.has(step.task)) world.run(step.task);
        return;
      case "wait":
        return this.#wait(step.ms);
      case "history":
        return readHistory(world, this.#ledger, step);
      case "look":
        return this.#look();
      case "sleep":
        if (world.isAwake && world.host.tasks.size === 0) world.hibernate();
        return;
      case "crash":
        return this.#crash();
      case "wipe":
        world.wipe();
        this.#presence = new PresenceModel(world.config.PRESENCE_GRACE);
        return;
      case "clear":
        world.run("flush");
        return world.turn(({ channel }) => channel.administration.clear(world.now));
      case "erase":
        world.run("flush");
        world.turn(({ channel }) => channel.administration.erase(world.now));
        this.#presence = new PresenceModel(world.config.PRESENCE_GRACE);
        return;
      case "kick":
        world.turn(({ channel }) => channel.administration.kick(client?.user ?? null, world.now));
        return;
      case "disk":
        return this.#failingFlush(step.statements);
      default:
        return step satisfies never;
    }
  }

  #connect(client: Client, step: Step & { kind: "connect" }): void {
    const world = this.#world;
    const { epoch, head } = this.#ledger;
    const { position } = client.chain;
    const start =
      step.start === "resume" && position !== null
        ? ({ kind: "after", cursor: position } as const)
        : step.start === "rewind" && step.transport !== "poll"
          ? ({ kind: "rewind", count: 4 } as const)
          : ({ kind: "now" } as const);
    const retained = this.#ledger.retained(world.now).length;
    const expires = step.life === null ? null : world.now + step.life;
    const { presence, member, acks, data, transport } = step;
    client.reader?.abandon();
    const how = {
      transport,
      view: transport === "sse" ? step.view : "frames",
      // Between two polls nobody knows whose the messages are.
      echo: step.echo || transport === "poll",
      ...(transport === "poll" ? { connection: `poll-${step.client}` } : {}),
    } as const;
    const peer = world.connect(client.user, { presence, member, acks, data, start, expires, ...how });
    if (start.kind !== "after") {
      const shown = start.kind === "rewind" ? Math.min(4, retained) : 0;
      client.chain.position = { epoch: epoch ?? world.channel.epoch, seq: head - shown };
    }
    client.connected(peer, start.kind === "after" ? start.cursor : null, world.now);
    client.serial = ++this.#connections;
    client.expires = expires;
    if (member) this.#presence.join(client.user, peer.session.connection, data, world.now);
  }

  #wait(ms: number): void {
    const world = this.#world;
    for (let left = ms; left > 0; left -= 30_000) {
      for (const client of this.#clients)
        if (client.peer !== null && !client.isMute) {
          client.peer.ping();
          client.lastSign = world.now;
        }
      world.advance(Math.min(left, 30_000));
    }
  }

  #look(): void {
    readMembers(this.#world, this.#presence, () => this.#observe(true));
  }

  #crash(): void {
    this.#isCrashing = true;
    this.#world.crash();
    this.#observe(false);
    this.#isCrashing = false;
    this.#look();
  }

  #failingFlush(statements: number): void {
    const world = this.#world;
    if (!world.isAwake || !world.host.tasks.has("flush")) return;
    world.sql.failAfter(statements);
    try {
      world.run("flush");
    } catch (error) {
      if (!(error instanceof DiskFailure)) throw error;
      this.#crash();
    }
    world.sql.failAfter(null);
  }

  /** After every turn: the disk, what was sent, who is gone, and which requests are answered. */
  #observe(done: boolean): void {
    const world = this.#world;
    world.sql.failAfter(null);
    this.#publications.written(this.#ledger.sync(world.sql, world.now), world.now);
    for (const client of this.#clients) client.tap(world.now);
    // Those of one turn end in the order in which they came.
    for (const client of this.#clients.toSorted((a, b) => a.serial - b.serial)) {
      const closed = client.peer?.subscriber.closed;
      if (closed) this.#ended(client, closed.code);
    }
    this.#publishing.settle(done);
  }

  #ended(client: Client, code: number): void {
    const { now, config } = this.#world;
    const { subscriber, session } = client.peer ?? {};
    const silence = now - client.lastSign;
    const patience = subscriber?.heartbeatAt === null ? config.NO_HEARTBEAT_TIMEOUT : config.HEARTBEAT_TIMEOUT;
    if (code === 4408 && silence < patience) throw new Error(`HEART-2: closed after ${silence} ms`);
    if (code === 4401 && now < (client.expires ?? Number.POSITIVE_INFINITY))
      throw new Error("AUTH-9: closed too early");
    const isPoll = session?.transport === "poll" && !this.#isCrashing; // of a crash nothing is known
    const grace = isPoll ? config.POLL_GRACE : config.PRESENCE_GRACE;
    this.#presence.part(client.user, session?.connection ?? "", LEFT.includes(code), now, grace);
    client.cut();
  }

  /** Whoever watches knows who is there, unless it is about to be told. */
  #compareViews(): void {
    const world = this.#world;
    if (world.isAwake && world.host.tasks.has("presence")) return;
    for (const { view } of this.#clients) if (view !== null) compareView(view, this.#presence.members(world.now));
  }
}

/** A poll may be begun while the last is still open. */
function mayConnect({ peer }: Client, { transport }: Step & { kind: "connect" }): boolean {
  return peer === null || (peer.session.transport === "poll" && transport === "poll");
}
