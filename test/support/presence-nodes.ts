/**
 * A room and its relays, as far as members go: each a channel in a world of its own, and between them ways on which news
 * travel in order, until they are lost.
 */
import type { Config } from "../../src/config.ts";
import type { Channel } from "../../src/core/channel.ts";
import { PresenceExchange } from "../../src/object/relays/presence-exchange.ts";
import type { PresenceNews } from "../../src/object/relays/presence-news.ts";
import { ROOM } from "../../src/object/relays/presence-peers.ts";
import { type Dial, TestChannel } from "./test-channel.ts";

/** ms between two looks at who has something to do. */
const TICK = 50;

interface Timer {
  readonly due: number;
  readonly event: () => void;
}

export class PresenceNode {
  /** Empty: the room. */
  readonly name: string;
  readonly world: TestChannel;
  readonly #nodes: PresenceNodes;
  #made: { readonly channel: Channel; readonly exchange: PresenceExchange } | null = null;
  timers: Timer[] = [];

  constructor(name: string, nodes: PresenceNodes, settings: Partial<Config>) {
    this.name = name;
    this.#nodes = nodes;
    this.world = new TestChannel(settings);
    this.world.onTurn = (done) => {
      if (done) this.exchange.changed(this.world.now);
    };
  }

  /** Of the life that the object is in. */
  get exchange(): PresenceExchange {
    const { channel } = this.world;
    if (this.#made?.channel !== channel) this.#made = { channel, exchange: this.#exchangeOf(channel) };
    return this.#made.exchange;
  }

  /** As the object does it: whoever wants to know of others is let in once it is known who they are. */
  async connect(user: string, dial: Dial = {}) {
    if (dial.presence !== undefined && dial.presence !== "none") await this.#nodes.whileBusy(this.exchange.confirm());
    return this.world.connect(user, dial);
  }

  members(limit = 1000, after = "") {
    return this.#nodes.whileBusy(this.exchange.members(limit, after));
  }

  attached(peer: string): void {
    this.world.turn(() => this.exchange.attached(peer, this.world.now));
  }

  lost(peer: string): void {
    this.world.turn(() => this.exchange.lost(peer, this.world.now));
  }

  ended(peer: string): void {
    this.world.turn(() => this.exchange.ended(peer, this.world.now));
  }

  take(peer: string, news: PresenceNews): void {
    // It has passed a border between objects.
    this.world.turn(() => this.exchange.take(peer, structuredClone(news), this.world.now));
  }

  crash(): void {
    this.world.crash();
    this.timers = [];
  }

  /** False: something keeps it awake. */
  sleep(): boolean {
    if (this.timers.length > 0 || !this.world.isAwake || this.world.host.tasks.size > 0) return false;
    this.world.hibernate();
    return true;
  }

  tick(now: number): void {
    this.world.advance(now - this.world.now);
    const due = this.timers.filter((timer) => timer.due <= now);
    this.timers = this.timers.filter((timer) => timer.due > now);
    for (const { event } of due) event();
    const end = this.exchange.deadline.due(now);
    if (end !== null && end <= now) this.world.turn(() => this.exchange.deadline.run(now));
  }

  #exchangeOf(channel: Channel): PresenceExchange {
    return new PresenceExchange({
      channel,
      isRoom: this.name === ROOM,
      send: (peer, news) => this.#nodes.send(this.name, peer, news),
      turn: (event) => {
        if (this.world.channel !== channel) throw new Error("its life is over");
        return this.world.turn(() => event(this.world.now));
      },
      later: (event, ms) => {
        const timer = { due: this.world.now + ms, event };
        this.timers.push(timer);
        return () => {
          this.timers = this.timers.filter((other) => other !== timer);
        };
      },
    });
  }
}

export class PresenceNodes {
  readonly room: PresenceNode;
  readonly relays: readonly PresenceNode[];
  /** On their way, by sender and reader. */
  #ways = new Map<string, { from: string; to: string; news: PresenceNews }[]>();
  /** Relays that cannot be reached. */
  readonly #cut = new Set<string>();
  /** What was sent so far, by how much of it named somebody. */
  readonly sent = { news: 0, members: 0 };

  constructor(relays: number, settings: Partial<Config> = {}) {
    this.room = new PresenceNode(ROOM, this, settings);
    this.relays = Array.from({ length: relays }, (_, index) => new PresenceNode(`weur.${index}/lobby`, this, settings));
    for (const relay of this.relays) this.attach(relay);
  }

  get all(): readonly PresenceNode[] {
    return [this.room, ...this.relays];
  }

  get now(): number {
    return this.room.world.now;
  }

  isCut(relay: PresenceNode): boolean {
    return this.#cut.has(relay.name);
  }

  /** Its way to the room begins anew; what was on it is lost. */
  attach(relay: PresenceNode): void {
    this.#cut.delete(relay.name);
    for (const way of [`>${relay.name}`, `${relay.name}>`]) this.#ways.delete(way);
    this.room.attached(relay.name);
    relay.attached(ROOM);
  }

  /** Nothing passes between a relay and the room any more, and the room has noticed. */
  cut(relay: PresenceNode): void {
    this.attach(relay);
    this.#cut.add(relay.name);
    for (const way of [`>${relay.name}`, `${relay.name}>`]) this.#ways.delete(way);
    this.room.lost(relay.name);
  }

  send(from: string, to: string, news: PresenceNews): void {
    if (this.#cut.has(from) || this.#cut.has(to)) return;
    const way = `${from}>${to}`;
    this.sent.news++;
    for (const item of news.items)
      if (item.kind === "report") this.sent.members += (item.report.members?.length ?? 0) + item.report.left.length;
    this.#ways.set(way, [...(this.#ways.get(way) ?? []), { from, to, news }]);
  }

  /** Everything that is on its way arrives, and what comes of that. */
  async deliver(): Promise<void> {
    for (let rounds = 0; ; rounds++) {
      if (rounds > 1000) throw new Error("they never come to rest");
      // What is answered is answered a few microtasks later.
      for (let steps = 0; steps < 20; steps++) await Promise.resolve();
      const next = [...this.#ways.values()].flatMap((way) => way.splice(0, 1));
      if (next.length === 0) return;
      for (const { from, to, news } of next) this.#node(to).take(from, news);
    }
  }

  /** Lets happen what happens until there is an answer: who cannot be reached is waited for. */
  async whileBusy<Value>(answer: Promise<Value>): Promise<Value> {
    let isThere = false;
    void answer.then(() => {
      isThere = true;
    });
    await this.deliver();
    while (!isThere) await this.advance(TICK);
    return answer;
  }

  async advance(ms: number): Promise<void> {
    const end = this.now + ms;
    while (this.now < end) {
      const now = Math.min(end, this.now + TICK);
      for (const node of this.all) node.tick(now);
      await this.deliver();
    }
  }

  /** The process of a node dies, and starts again; its ways begin anew. */
  crash(node: PresenceNode): void {
    node.crash();
    for (const relay of this.relays) if (node === this.room || node === relay) this.attach(relay);
  }

  #node(name: string): PresenceNode {
    return this.all.find((node) => node.name === name) as PresenceNode;
  }
}
