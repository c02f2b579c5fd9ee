/** The nodes to which there is a way: what they have been told, and whether they want to be told more. */
import type { Channel } from "../../core/channel.ts";
import type { PresenceItem, PresenceNews } from "./presence-news.ts";

/** To its relays the room has no name. */
export const ROOM = "";

export interface PeersParts {
  readonly channel: Channel;
  /** Whether this is the room's own object; else it is a relay, which knows the room only. */
  readonly isRoom: boolean;
  /** Sends, in order; what cannot arrive ends in `lost` or `attached`. */
  send(peer: string, news: PresenceNews): void;
}

export class PresencePeers {
  readonly #parts: PeersParts;
  /** How many watchers each was last told of. */
  readonly #told = new Map<string, number>();
  /** Those where nobody watches, and that have heard everything all the same. */
  readonly fresh = new Set<string>();
  /** Those that have asked and wait. */
  readonly asking = new Set<string>();

  constructor(parts: PeersParts) {
    this.#parts = parts;
    // A sleep has changed nothing; after a crash they are attached anew.
    for (const peer of this.names) this.#told.set(peer, this.#watchersBeyond(peer));
  }

  get names(): string[] {
    const reachable = [...this.#others.sources].filter(({ lostAt }) => lostAt === null).map(({ source }) => source);
    return this.#parts.isRoom ? reachable : reachable.filter((source) => source === ROOM);
  }

  /** Somebody watches there, or beyond. */
  wants(peer: string): boolean {
    return (this.#others.source(peer)?.watchers ?? 0) > 0;
  }

  /** Whether it has heard everything up to now, and is to hear what is new. */
  follows(peer: string): boolean {
    return this.wants(peer) || (this.asking.has(peer) && this.fresh.has(peer));
  }

  /** Whether it says what is new without being asked. */
  isTold(peer: string): boolean {
    return (this.#told.get(peer) ?? 0) > 0;
  }

  send(peer: string, items: readonly PresenceItem[]): void {
    const watchers = this.#watchersBeyond(peer);
    this.#told.set(peer, watchers);
    this.#parts.send(peer, { watchers, items });
  }

  /** Tells those who follow, but for one. */
  pass(items: readonly PresenceItem[], but: string | null): void {
    for (const peer of this.names) {
      if (peer === but) continue;
      if (this.follows(peer)) this.send(peer, items);
      else this.fresh.delete(peer);
    }
  }

  /** Tells how many watch, where it makes a difference. */
  watchersChanged(): void {
    for (const peer of this.names)
      if (this.#manner(this.#watchersBeyond(peer)) !== this.#manner(this.#told.get(peer) ?? 0)) this.send(peer, []);
  }

  /** There is no way to it. */
  over(peer: string): void {
    this.#told.delete(peer);
    this.fresh.delete(peer);
    this.asking.delete(peer);
  }

  get #others() {
    return this.#parts.channel.presence.others;
  }

  /** At this node, and at those that it speaks for to the peer. */
  #watchersBeyond(peer: string): number {
    const here = this.#parts.channel.sessions.watchers;
    return this.#parts.isRoom ? here + this.#others.watchers - (this.#others.source(peer)?.watchers ?? 0) : here;
  }

  /** How changes are told to so many watchers. */
  #manner(watchers: number): "not" | "at once" | "collected" {
    if (watchers === 0) return "not";
    return watchers > this.#parts.channel.config.PRESENCE_COLLECT_ABOVE ? "collected" : "at once";
  }
}
