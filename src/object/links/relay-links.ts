/** The links of a room that go to relays, each of which stands for many connections. (SPEC RELAY-7) */
import { parseRelay } from "../../protocol/relay.ts";
import type { PresenceNews } from "../relays/presence-news.ts";
import { within } from "../within.ts";
import type { Link } from "./link.ts";

/** ms that a request waits for relays to be told. */
const PATIENCE = 3000;

export interface RelayLinksParts {
  links(): Iterable<Link>;
  find(name: string): Link | undefined;
  /** The link to the relay of that name; makes it, if there is none. */
  linkOf(name: string): Link;
  /** The subscription of that relay, if it is attached: it has one. */
  subscriptionOf(link: Link): string | null;
  /** What has to survive was changed. */
  store(link: Link): void;
  /** What is told must not be lost, whatever crashes. */
  news(): void;
}

export class RelayLinks {
  readonly #parts: RelayLinksParts;

  constructor(parts: RelayLinksParts) {
    this.#parts = parts;
  }

  /** The relays that are attached, each with the connections that it holds; null: it has not said since the object woke. */
  *attached(): Generator<{ readonly name: string; readonly connections: number | null }> {
    for (const link of this.#all())
      if (this.#parts.subscriptionOf(link) !== null) yield { name: link.peer, connections: link.connections };
  }

  /** A relay has been heard of: it is there, and holds so many connections. */
  heard(name: string, connections: number): void {
    const link = this.#parts.linkOf(name);
    link.connections = connections;
    if (link.retryAt !== null) link.retry();
  }

  /** Tells a relay of members elsewhere, if it is attached. */
  tell(name: string, news: PresenceNews): void {
    const link = this.#parts.find(name);
    const subscription = link === undefined ? null : this.#parts.subscriptionOf(link);
    if (link === undefined || subscription === null) return;
    link.presence(subscription, news);
    if (news.items.length > 0) this.#parts.news();
  }

  /** Throws out the connections of a user, or (null) all, that relays hold; answers how many were closed so far. */
  async kick(user: string | null): Promise<number> {
    let closed = 0;
    const told = [...this.#all()].map(async (link) => {
      link.kickEnded(user);
      this.#parts.store(link);
      const subscription = this.#parts.subscriptionOf(link);
      const there = subscription === null ? 0 : await link.kick(subscription, user);
      closed += there;
    });
    await within(PATIENCE, Promise.all(told)).catch(() => undefined);
    return closed;
  }

  /** Fulfilled when what relays have been told so far has arrived, or is tried again later. */
  async told(): Promise<void> {
    const told = [...this.#all()].map((link) => link.drained());
    await within(PATIENCE, Promise.all(told)).catch(() => undefined);
  }

  *#all(): Generator<Link> {
    for (const link of this.#parts.links()) if (parseRelay(link.peer) !== null) yield link;
  }
}
