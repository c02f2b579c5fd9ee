/**
 * How the nodes of a room come to know each other's members. The room's object is told by its relays and tells each of them
 * of the others; nobody is told while nobody there watches or asks. Nothing here needs to last: what somebody has missed,
 * in whatever way, is noticed by the digests of the reports, and said anew. (SPEC MEMBER-1 to MEMBER-7)
 */
import type { Channel } from "../../core/channel.ts";
import { earliest } from "../../core/clock.ts";
import { firstByUser, type MemberAt, shown } from "../../core/member-at.ts";
import { countOnly, type PresenceReport } from "../../core/presence-report.ts";
import type { MembersPage } from "../../protocol/frames.ts";
import type { AskedPage, PresenceItem, PresenceNews } from "./presence-news.ts";
import { type PeersParts, PresencePeers, ROOM } from "./presence-peers.ts";
import { Questions } from "./questions.ts";

export interface ExchangeParts extends PeersParts {
  /** Runs one event of the channel. */
  turn<Result>(event: (now: number) => Result): Result;
  /** Calls it after `ms`; what it answers takes that back. */
  later(event: () => void, ms: number): () => void;
}

export class PresenceExchange {
  readonly #parts: ExchangeParts;
  readonly #questions: Questions;
  readonly #peers: PresencePeers;
  #isCollecting = false;
  #isTelling = false;
  /** Whether others were last told a count and no names. */
  #hasCounted: boolean;
  #confirming: Promise<void> | null = null;
  #next: Promise<void> | null = null;

  /** To be made when all connections are restored. */
  constructor(parts: ExchangeParts) {
    this.#parts = parts;
    this.#questions = new Questions(parts.later);
    this.#peers = new PresencePeers(parts);
    // A sleep has changed nothing about it.
    this.#hasCounted = [...this.#others.sources].some(({ isCounted }) => isCounted);
  }

  // ---- what happens to a peer

  /** The way to and from it begins, or something may have been lost on it. */
  attached(peer: string, now: number): void {
    this.#parts.channel.presence.attach(peer);
    this.#peers.fresh.delete(peer);
    this.#peers.send(peer, []);
    if (this.#peers.wants(peer)) this.#bringUpToDate(peer, now);
    this.changed(now);
  }

  /** It cannot be reached: its members have their grace to come back with it. */
  lost(peer: string, now: number): void {
    this.#others.setLost(peer, now);
    this.#parts.channel.host.deadlinesChanged();
    this.#over(peer);
  }

  /** It is gone, and its members are. For a relay: it has left the room, and knows of nobody else. */
  ended(peer: string, now: number): void {
    const gone = this.#parts.isRoom ? [peer] : [...this.#others.sources].map(({ source }) => source);
    for (const source of gone) this.#drop(source, now);
    this.changed(now);
  }

  readonly deadline: Channel["deadlines"][number] = {
    name: "others",
    due: () => {
      const first = earliest([...this.#others.sources].map(({ lostAt }) => lostAt));
      return first === null ? null : first + this.#parts.channel.config.PRESENCE_GRACE;
    },
    run: (now) => {
      const until = now - this.#parts.channel.config.PRESENCE_GRACE;
      for (const { source, lostAt } of [...this.#others.sources])
        if (lostAt !== null && lostAt <= until) this.#drop(source, now);
      this.changed(now);
    },
  };

  // ---- what is told

  /** Members or watchers may have changed: tells those who have to know. Costs nothing in a channel without other nodes. */
  changed(now: number): void {
    if (this.#others.isEmpty || this.#isTelling) return;
    this.#isTelling = true;
    this.#peers.watchersChanged();
    if (this.#parts.channel.presence.report.isDue && this.#peers.names.some((peer) => this.#peers.wants(peer))) {
      const { PRESENCE_COLLECT_ABOVE, PRESENCE_COLLECT_FOR } = this.#parts.channel.config;
      if (this.#others.watchers <= PRESENCE_COLLECT_ABOVE) this.#tellOwn(now);
      else if (!this.#isCollecting) {
        this.#isCollecting = true;
        this.#parts.later(() => this.#parts.turn((then) => this.#collected(then)), PRESENCE_COLLECT_FOR);
      }
    }
    this.#isTelling = false;
  }

  /** Takes what a peer tells. */
  take(peer: string, { watchers, items }: PresenceNews, now: number): void {
    if (this.#others.source(peer) === undefined) return; // it is not attached (any more)
    this.#parts.channel.endOver(now); // while nobody watched, nobody had to look sooner
    const wanted = this.#peers.wants(peer);
    this.#others.setWatchers(peer, watchers);
    for (const item of items) this.#takeItem(peer, item, now);
    if (this.#counts(now) !== this.#hasCounted) this.#tellOwn(now);
    if (wanted && watchers === 0) this.#peers.fresh.add(peer);
    if (!wanted && watchers > 0 && !this.#peers.fresh.has(peer)) this.#bringUpToDate(peer, now);
    this.changed(now);
    this.#parts.channel.presenceChanged(now); // also: who is watched elsewhere is looked after in time
  }

  // ---- what is asked

  /** Fulfilled when everything is known that other nodes knew when it was called, or those who are asked do not answer. */
  confirm(): Promise<void> {
    if (this.#others.isEmpty) return Promise.resolve();
    if (this.#confirming === null) {
      this.#confirming = this.#ask(null, null).then(() => {
        this.#confirming = null;
      });
      return this.#confirming;
    }
    // Whoever comes while one question is under way shares the next.
    this.#next ??= this.#confirming.then(() => {
      this.#next = null;
      return this.confirm();
    });
    return this.#next;
  }

  /** Members of all nodes after the user id `after`, by user id. */
  async members(limit: number, after: string): Promise<MembersPage> {
    const { channel, turn } = this.#parts;
    if (limit === 0 || !this.#others.isCounted) {
      // Also those that tell by themselves what is new: one that has lost its connections does not know it before it is asked.
      await this.#ask(null, null, true);
      if (limit === 0 || !this.#others.isCounted) return turn((now) => channel.members(limit, after, now));
    }
    const page = { limit: limit + 1, after };
    const elsewhere = await this.#ask(null, page);
    return turn((now) => {
      const { count } = channel.members(0, "", now);
      const all = firstByUser([...elsewhere, ...channel.presence.ownPage(page.limit, after, now)], page.limit);
      const members = all.slice(0, limit).map(shown);
      const last = members.at(-1);
      return last !== undefined && all.length > limit ? { count, members, next: last.user } : { count, members };
    });
  }

  // ---- inside

  get #others() {
    return this.#parts.channel.presence.others;
  }

  #takeItem(peer: string, item: PresenceItem, now: number): void {
    switch (item.kind) {
      case "report":
        return this.#takeReport(peer, item, now);
      case "need":
        return this.#sayEverything(peer, item.source, now);
      case "sources": {
        const named = new Set([ROOM, ...item.sources]);
        for (const { source } of [...this.#others.sources]) if (!named.has(source)) this.#drop(source, now);
        return;
      }
      case "ask":
        // What throws there has reset the object: nobody is left to hear of it.
        void this.#answer(peer, item.number, item.page).catch(() => undefined);
        return;
      case "told":
        return this.#questions.answered(peer, item.number, item.members);
      default:
        return item satisfies never;
    }
  }

  #takeReport(peer: string, { source: named, report }: PresenceItem & { kind: "report" }, now: number): void {
    const { channel, isRoom } = this.#parts;
    const source = named === "" ? peer : named;
    const isTaken = channel.presence.take(source, report, now);
    if (!isTaken) {
      this.#questions.missing.add(source);
      return this.#peers.send(peer, [{ kind: "need", source: named }]);
    }
    channel.presenceChanged(now);
    if (isRoom && report.previous !== report.digest) this.#peers.pass([{ kind: "report", source, report }], source);
    this.#questions.missing.delete(source);
    this.#questions.settle();
  }

  /** Whether others are told how many members there are here, and not who. */
  #counts(now: number): boolean {
    if (!this.#parts.isRoom) return this.#others.source(ROOM)?.isCounted === true;
    const { PRESENCE_SHARED } = this.#parts.channel.config;
    let sum = this.#parts.channel.presence.ownCount(now);
    for (const { count } of this.#others.sources) sum += count;
    // Not to and fro with everyone who comes and goes.
    return sum > (this.#hasCounted ? PRESENCE_SHARED / 2 : PRESENCE_SHARED);
  }

  /** @param but not to that one */
  #tellOwn(now: number, but: string | null = null): void {
    const { presence } = this.#parts.channel;
    const before = this.#hasCounted;
    this.#hasCounted = this.#counts(now);
    const isTurn = before !== this.#hasCounted;
    let report = this.#hasCounted ? presence.report.counted(presence.ownCount(now), false) : presence.news(now);
    if (before && isTurn) report = presence.report.check(presence.ownCount(now)); // fits nobody: they ask for the names
    // Whose grace was found to be over is told here too.
    if (!presence.feed.isEmpty) this.#parts.channel.presenceChanged(now);
    if (report === null) return;
    const items = [{ kind: "report", source: "", report } as const];
    this.#peers.pass(items, but);
    // Relays count when the room does: whether anybody watches there or not.
    if (isTurn)
      for (const peer of this.#peers.names)
        if (peer !== but && !this.#peers.follows(peer)) this.#peers.send(peer, items);
  }

  #collected(now: number): void {
    this.#isCollecting = false;
    this.#tellOwn(now);
  }

  /** Tells a peer what it should know by now; if it does not, it asks. */
  #bringUpToDate(peer: string, now: number): void {
    const { presence } = this.#parts.channel;
    this.#tellOwn(now, peer);
    const own = this.#hasCounted
      ? presence.report.counted(presence.ownCount(now), true)
      : presence.report.check(presence.ownCount(now));
    const items: PresenceItem[] = own === null ? [] : [{ kind: "report", source: "", report: own }];
    if (this.#parts.isRoom) {
      const others = [...this.#others.sources].filter(({ source }) => source !== peer);
      items.unshift({ kind: "sources", sources: others.map(({ source }) => source) });
      for (const { source, digest, count, isCounted } of others)
        if (isCounted) items.push({ kind: "report", source, report: countOnly(count) });
        else if (digest !== null)
          items.push({ kind: "report", source, report: { count, previous: digest, digest, members: [], left: [] } });
    }
    this.#peers.send(peer, items);
    this.#peers.fresh.add(peer);
  }

  #sayEverything(peer: string, source: string, now: number): void {
    const report = source === "" ? this.#everythingOwn(peer, now) : this.#everythingOf(source);
    if (report !== null) this.#peers.send(peer, [{ kind: "report", source, report }]);
  }

  #everythingOwn(peer: string, now: number): PresenceReport | null {
    const { presence } = this.#parts.channel;
    this.#tellOwn(now, peer); // the others are not told everything, and must not miss what is new
    return this.#hasCounted
      ? presence.report.counted(presence.ownCount(now), true)
      : presence.report.everything(presence.ownPage(Number.POSITIVE_INFINITY, "", now));
  }

  /** Null: it is not known yet, and is passed on when it is. */
  #everythingOf(name: string): PresenceReport | null {
    const source = this.#others.source(name);
    if (source?.isCounted) return countOnly(source.count);
    if (source === undefined || source.digest === null) return null;
    const { digest, count } = source;
    return { count, previous: null, digest, members: this.#others.membersOf(name), left: [] };
  }

  /** Asks the other peers, all but one: those that would not say it by themselves, or (for a page, or `all`) each. */
  #ask(but: string | null, page: AskedPage | null, all = page !== null): Promise<MemberAt[]> {
    const asked = this.#peers.names.filter((peer) => peer !== but && (all || !this.#peers.isTold(peer)));
    return this.#questions.put(asked, (peer, number) => this.#peers.send(peer, [{ kind: "ask", number, page }]));
  }

  async #answer(peer: string, number: number, page: AskedPage | null): Promise<void> {
    const { channel, turn } = this.#parts;
    this.#peers.asking.add(peer);
    const elsewhere = await this.#ask(peer, page);
    turn((now) => {
      if (!this.#peers.names.includes(peer)) return;
      channel.endOver(now);
      if (this.#peers.follows(peer)) this.#tellOwn(now);
      else this.#bringUpToDate(peer, now);
      this.#peers.asking.delete(peer);
      const own = page === null ? [] : channel.presence.ownPage(page.limit, page.after, now);
      const members = page === null ? [] : firstByUser([...elsewhere, ...own], page.limit);
      this.#peers.send(peer, [{ kind: "told", number, members }]);
    });
  }

  #drop(source: string, now: number): void {
    const { channel, isRoom } = this.#parts;
    channel.presence.drop(source, now);
    channel.presenceChanged(now);
    this.#over(source);
    if (isRoom)
      this.#peers.pass([{ kind: "sources", sources: [...this.#others.sources].map((known) => known.source) }], null);
  }

  /** There is no way to it. */
  #over(peer: string): void {
    this.#peers.over(peer);
    this.#questions.gone(peer);
  }
}
