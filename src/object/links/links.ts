/**
 * Those who follow a channel through another object: their user's, or a relay. To the core each subscription is a session
 * like others, whose frames go down a link; here is what makes that last: rows that survive a sleep and a crash, and nobody
 * who is left in the dark. (SPEC SUB-1 to SUB-10, RELAY-2)
 */
import type { Config } from "../../config.ts";
import type { Channel } from "../../core/channel.ts";
import { between, earliest } from "../../core/clock.ts";
import type { Session } from "../../core/session.ts";
import { CLOSE_RESTART } from "../../protocol/codes.ts";
import { parseRelay } from "../../protocol/relay.ts";
import type { LinkTables } from "../../storage/links.ts";
import type { Log } from "../../storage/log.ts";
import type { MemberTable } from "../../storage/members.ts";
import type { Deadline } from "../deadlines.ts";
import type { Inlet } from "../inlet.ts";
import { within } from "../within.ts";
import type { LinkAnswer, LinkBatch, LinkCall, LinkReceipt } from "./calls.ts";
import { type Ending, Link } from "./link.ts";
import { LinkRows } from "./link-rows.ts";
import { LinkSubscriber } from "./link-subscriber.ts";
import { restoreSession } from "./linked-session.ts";
import { type Caller, perform, type Subscribing } from "./perform.ts";
import { RelayLinks } from "./relay-links.ts";
import { tellAnew, truthOf } from "./resynchronise.ts";
import { Told } from "./told.ts";

/** ms that a request waits for the objects of users who have not been heard of lately. */
const PATIENCE = 3000;
/** A life's number is a time and this much of chance: below 2^53 for two hundred years. */
const LIVES_PER_MS = 1024;
/** Objects asked at a time. */
const AT_ONCE = 50;

export interface LinksParts {
  readonly config: Config;
  readonly channel: Channel;
  readonly log: Log;
  readonly tables: LinkTables;
  readonly members: MemberTable;
  readonly inlet: Inlet;
  readonly now: number;
  send(peer: string, batch: LinkBatch): Promise<LinkReceipt>;
  admit: Caller["admit"];
  /** A relay has subscribed; its subscription is over (`left`: it is not expected back). */
  relayAttached(name: string, now: number): void;
  relayGone(name: string, left: boolean, now: number): void;
  /** It is known who is a member elsewhere. */
  confirmOthers(): Promise<void>;
  turn<Result>(event: (now: number) => Result): Result;
  deadlinesChanged(): void;
}

/** A subscription of a link. */
interface Linked {
  readonly link: Link;
  readonly subscription: string;
  readonly subscriber: LinkSubscriber;
}

export class Links {
  readonly #parts: LinksParts;
  readonly #links = new Map<string, Link>();
  /** By link and subscription. */
  readonly #sessions = new Map<Link, Map<string, Session>>();
  readonly #linked = new WeakMap<Session, Linked>();
  readonly #rows: LinkRows;
  readonly #calls = new Map<string, { readonly number: number; readonly answer: Promise<LinkAnswer> }>();
  readonly #told: Told;
  readonly relays: RelayLinks;
  /** Of the object's memory: later ones have higher numbers, and two that begin in one millisecond different ones. */
  readonly #life: number;

  constructor(parts: LinksParts) {
    this.#parts = parts;
    this.#life = parts.now * LIVES_PER_MS + Math.floor(Math.random() * LIVES_PER_MS);
    this.#rows = new LinkRows(parts.tables);
    this.#told = new Told({
      tables: parts.tables,
      truth: () => truthOf(parts, this.#watchesThrough()),
      isIdle: () => [...this.#links.values()].every((link) => link.isIdle),
      deadlinesChanged: () => parts.deadlinesChanged(),
    });
    this.relays = new RelayLinks({
      links: () => this.#links.values(),
      ...{ find: (name: string) => this.#links.get(name), linkOf: (name: string) => this.#linkOf(name) },
      subscriptionOf: (link) => this.#sessions.get(link)?.keys().next().value ?? null,
      store: (link) => this.#store(link),
      news: () => this.#told.news(Date.now()),
    });
  }

  get isEmpty(): boolean {
    return this.#links.size === 0;
  }

  /**
   * Takes them over from before a sleep or a crash; the connections that the runtime keeps are there already. Answers whether
   * what was told last may not have arrived.
   */
  restore(now: number): boolean {
    const { channel, config } = this.#parts;
    for (const { peer, known, unknown, ended } of this.#rows.load()) {
      const link = this.#linkOf(peer);
      for (const [subscription, ending] of ended) link.ended.set(subscription, ending);
      for (const subscription of unknown)
        link.ended.set(subscription, { code: CLOSE_RESTART, reason: "resume", at: now });
      for (const saved of known) {
        const subscriber = this.#subscriber(link, saved.subscription);
        const session = restoreSession(saved, subscriber, config);
        this.#add(session, { link, subscription: saved.subscription, subscriber });
        channel.restore(session, now);
      }
      if (link.ended.size > 0) link.retryLost();
    }
    return !this.isEmpty && this.#resynchronise(now);
  }

  /** What a subscription does. Repeated calls are known by their numbers. */
  async call(call: LinkCall): Promise<LinkAnswer> {
    const { subscription, number } = call;
    const last = this.#calls.get(subscription);
    if (last !== undefined && number < last.number) return { kind: "stale", last: last.number };
    if (last?.number === number) return last.answer;
    const found = this.#links.get(call.peer);
    const session = found && this.#sessions.get(found)?.get(subscription);
    if (
      call.isRepeated &&
      session !== undefined &&
      last === undefined &&
      call.acts.some(({ kind }) => kind === "frame")
    )
      return { kind: "unknown" };
    const link = this.#linkOf(call.peer);
    if (link.retryAt !== null) link.retry(); // it is there again
    const answer = perform(call, {
      ...this.#parts,
      isRelay: parseRelay(call.peer) !== null,
      session: () => this.#sessions.get(link)?.get(subscription) ?? null,
      subscribe: (act, now) => this.#subscribe(link, subscription, act, now),
      pull: (session, after, now) =>
        this.#answering(session.subscriber as LinkSubscriber, now, () =>
          this.#parts.channel.pullFrom(session, after, now),
        ),
      drained: () => link.drained(),
      confirmed: () => this.confirm(),
    });
    this.#calls.set(subscription, { number, answer });
    link.calls++;
    try {
      return await answer;
    } finally {
      link.calls--;
      if (this.#sessions.get(link)?.has(subscription) !== true) this.#calls.delete(subscription);
      this.#tidy(link);
    }
  }

  /** The session that stands for a relay's connections, if it goes by that name (still). */
  relay(name: string, subscription: string): Session | null {
    const link = this.#links.get(name);
    return (link && this.#sessions.get(link)?.get(subscription)) ?? null;
  }

  /** How that one ended; null if nobody knows any more. */
  endingOf(name: string, subscription: string): Ending | null {
    return this.#links.get(name)?.ended.get(subscription) ?? null;
  }

  /** A session of the channel is over. `left`: it is not expected back. */
  gone(session: Session, left: boolean, now: number): void {
    const linked = this.#linked.get(session);
    if (linked === undefined) return;
    const { link, subscription, subscriber } = linked;
    subscriber.isQuiet = true;
    this.#sessions.get(link)?.delete(subscription);
    // Subscribed again, by a call that is repeated: its items go on, or the next would pass for old ones.
    if (this.#pending?.subscription !== subscription) link.forget(subscription);
    this.#store(link);
    if (parseRelay(link.peer) !== null) this.#parts.relayGone(link.peer, left, now);
  }

  /** Who watches may have changed, and links that go by it have to know. */
  watchersChanged(): void {
    for (const link of this.#links.values()) link.watchedChanged();
  }

  /** Changes of members are collected, and will be told. */
  membersChange(now: number): void {
    if (this.#watchesThrough()) this.#told.news(now);
  }

  /** Makes sure of those whose user's object has not been heard of lately: some of theirs may be over. */
  async confirm(): Promise<void> {
    await this.#parts.confirmOthers();
    if (this.isEmpty) return;
    const now = Date.now();
    const isWatched = this.#parts.channel.sessions.watchers > 0;
    const asked = [...this.#links.values()].filter((link) => {
      const { checkedAt } = link;
      if (this.#sessions.get(link)?.size === 0) return false;
      const isOld = checkedAt === null || between(checkedAt, now) > this.#parts.config.PRESENCE_SWEEP;
      return isOld && (checkedAt === null || !isWatched); // where somebody watches they look after themselves
    });
    for (let at = 0; at < asked.length; at += AT_ONCE) {
      const some = asked.slice(at, at + AT_ONCE).map((link) => {
        link.check([...(this.#sessions.get(link)?.keys() ?? [])]);
        return link.drained();
      });
      await within(PATIENCE, Promise.all(some)).catch(() => undefined); // who cannot be asked is believed
    }
  }

  get deadlines(): readonly Deadline[] {
    return [
      this.#told.deadline,
      {
        name: "links",
        due: (now) => earliest([...this.#links.values()].map((link) => link.nextTry(now))),
        run: (now) => {
          for (const link of this.#links.values()) {
            const retryAt = link.nextTry(now);
            if (retryAt !== null && retryAt <= now) link.retry();
          }
        },
      },
    ];
  }

  #subscribe(link: Link, subscription: string, { identity, options }: Subscribing, now: number): void {
    const { channel } = this.#parts;
    const before = channel.sessions.find(options.connection, identity.user);
    const linked = before === null ? undefined : this.#linked.get(before);
    if (linked !== undefined) linked.subscriber.isQuiet = true; // whoever subscribes again knows of it
    const subscriber = this.#subscriber(link, subscription);
    // Its row is written by the core's own save, before anything is sent.
    this.#pending = { link, subscription, subscriber };
    this.#answering(subscriber, now, () => channel.connect(identity, options, subscriber, now));
    if (parseRelay(link.peer) !== null) this.#parts.relayAttached(link.peer, now);
  }

  /** Sends what a call brings to whoever made it. That nothing is lost on the way is the caller's business: nothing has to ring. */
  #answering(subscriber: LinkSubscriber, now: number, send: () => void): void {
    subscriber.isAnswered = true;
    send();
    subscriber.isAnswered = false;
    // All members would have to be read for each newcomer.
    if (this.#watchesThrough()) this.#told.news(now);
    else this.#told.answered();
  }

  /** The subscription that the core is about to make a session of. */
  #pending: Linked | null = null;

  #subscriber(link: Link, subscription: string): LinkSubscriber {
    return new LinkSubscriber(
      link,
      subscription,
      (session) => this.#saved(session),
      () => this.#told.news(Date.now()),
    );
  }

  /** The core wants a session to be kept. */
  #saved(session: Session): void {
    if (this.#pending?.subscriber === session.subscriber) {
      this.#add(session, this.#pending);
      this.#pending = null;
    }
    const linked = this.#linked.get(session);
    if (linked !== undefined) this.#store(linked.link);
  }

  #add(session: Session, linked: Linked): void {
    this.#linked.set(session, linked);
    this.#sessions.get(linked.link)?.set(linked.subscription, session);
  }

  #linkOf(peer: string): Link {
    let link = this.#links.get(peer);
    if (link !== undefined) return link;
    const { channel, turn, send } = this.#parts;
    link = new Link({
      peer,
      channel: channel.address,
      life: this.#life,
      isWatched: () => channel.sessions.watchers > 0,
      send: (batch) => send(peer, batch),
      turn,
      received: (...told) => this.#received(...told),
      lost: (lost, at) => this.#lost(lost, at),
    });
    this.#links.set(peer, link);
    this.#sessions.set(link, new Map());
    return link;
  }

  #received(link: Link, { items }: LinkBatch, { unknown }: LinkReceipt, now: number): void {
    let hasChanged = false;
    for (const item of items)
      if (item.kind === "ended") hasChanged = link.ended.delete(item.subscription) || hasChanged;
    for (const { subscription, left } of unknown) {
      const session = this.#sessions.get(link)?.get(subscription);
      if (session === undefined) continue;
      (session.subscriber as LinkSubscriber).isQuiet = true;
      this.#parts.channel.closed(session, left, now); // which writes the row
    }
    if (hasChanged) this.#store(link);
    this.#tidy(link);
    this.#told.arrived();
  }

  /** Nobody knows what has arrived: everything that goes through it is over. */
  #lost(link: Link, now: number): void {
    for (const session of [...(this.#sessions.get(link)?.values() ?? [])])
      this.#parts.channel.end(session, "overloaded", now);
    this.#parts.deadlinesChanged();
  }

  /** Writes down what must survive of it. */
  #store(link: Link): void {
    this.#rows.store(link, this.#sessions.get(link) ?? new Map());
  }

  /** Lets go of a link that nobody needs any more. */
  #tidy(link: Link): void {
    const isNeeded = (this.#sessions.get(link)?.size ?? 0) > 0 || link.ended.size > 0 || link.calls > 0 || !link.isIdle;
    if (isNeeded || this.#links.get(link.peer) !== link) return;
    this.#links.delete(link.peer);
    this.#sessions.delete(link);
  }

  #watchesThrough(): boolean {
    for (const sessions of this.#sessions.values())
      for (const { presence } of sessions.values()) if (presence !== "none") return true;
    return false;
  }

  /** Tells anew what may not have arrived before the object lost its memory; answers whether there was any of it. */
  #resynchronise(now: number): boolean {
    const sessions = [...this.#sessions.values()].flatMap((some) => [...some.values()]);
    if (sessions.length === 0) return false;
    const is = this.#told.compare();
    if (is.log && is.members && is.watched) return false;
    this.#told.anew(now);
    tellAnew(sessions, is, this.#parts, now);
    if (!is.watched) this.watchersChanged();
    return true;
  }
}
