/**
 * A relay's place in its room: one subscription, made when the first connection comes and again when the room has ended it;
 * and what comes down it. (SPEC RELAY-2, RELAY-8)
 */
import type { Relayed } from "../../core/relayed.ts";
import type { LinkBatch, LinkItem, LinkReceipt } from "../links/calls.ts";
import type { RoomRpc } from "../rpc.ts";
import { type Outcome, Upstream } from "../subscriptions/upstream.ts";
import { within } from "../within.ts";
import type { TailPage, UpAnswer } from "./calls.ts";
import { Feed } from "./feed.ts";
import type { PresenceNews } from "./presence-news.ts";
import { subscribing } from "./subscribing.ts";

/** ms that the room may take to say where it stands. */
const PATIENCE = 10_000;

export type Ending = Extract<UpAnswer, { kind: "ended" }>["ending"];

export interface AttachmentParts {
  /** `weur.0/lobby` */
  readonly name: string;
  /** The subscription from before a sleep, if there was one. */
  readonly before: string | null;
  readonly relayed: Relayed;
  room(): RoomRpc;
  /** Begins a copy of the room's log, where that stands now. */
  adopt(page: TailPage): void;
  unwantedBy: ConstructorParameters<typeof Feed>[2]["unwantedBy"];
  /** What is here cannot be continued, and is copied anew. */
  broken(now: number): void;
  /** The room tells of members elsewhere. */
  presence(news: PresenceNews, now: number): void;
  /** It is about to subscribe: what was told before may be lost. */
  begins(now: number): void;
  /** Throws out connections; answers how many. */
  kick(user: string | null, now: number): number;
  /** The room has ended the subscription, or (null) it is not known what became of it. */
  ended(ending: Ending, now: number): void;
  /** There is a subscription now, or none any more: to be written down. */
  changed(): void;
  /** Asks the room whether it still has the subscription. */
  ask(): void;
  turn<Result>(event: (now: number) => Result): Result;
}

/** A subscription. */
interface Attached {
  readonly feed: Feed;
  /** What the feed itself asks of the room. */
  readonly line: Upstream;
  isBehind: boolean;
  isPulling: boolean;
}

export class Attachment {
  readonly #parts: AttachmentParts;
  #attached: Attached | null = null;
  #attaching: Promise<string> | null = null;
  /** The room's log is to be copied anew. */
  #isBroken = false;

  constructor(parts: AttachmentParts) {
    this.#parts = parts;
    if (parts.before !== null) this.#attached = this.#begin(parts.before, false);
  }

  /** The name of the subscription; null: there is none. */
  get current(): string | null {
    return this.#attached?.feed.subscription ?? null;
  }

  /** The same; subscribes first, if there is none. Rejects if the room cannot be reached. */
  async subscription(): Promise<string> {
    if (this.current !== null && this.#attaching === null) return this.current;
    this.#attaching ??= this.#attach().finally(() => {
      this.#attaching = null;
    });
    return this.#attaching;
  }

  /** The room is further: asks for what is missing, if it may not come by itself. */
  catchUp(): void {
    if (this.#attached?.feed.isTrusted === false) this.#behind(this.#attached);
  }

  /**
   * Lets go of it; if the room does not hear of that, it finds out with what it sends next.
   * @param left for good: else its members have their grace to come back with it
   */
  end(left: boolean): void {
    this.#attached?.line.push({ kind: "end", left });
    this.#detach();
  }

  /** The room says that it has ended that one. */
  endedBy(subscription: string, ending: Ending, now: number): void {
    if (this.current === subscription) {
      this.#detach();
      this.#parts.ended(ending, now);
    }
    // While it could not be reached it has not heard of these.
    for (const user of ending?.kicked ?? []) this.#parts.kick(user, now);
  }

  /** What the room sends. */
  deliver(batch: LinkBatch, now: number): LinkReceipt {
    const newerLife = this.#attached?.feed.isPast(batch.life) ?? null;
    if (newerLife !== null) return { unknown: [], newerLife };
    const unknown = new Set<string>();
    const closed: number[] = [];
    for (const item of batch.items) {
      for (const id of subscriptionsOf(item)) if (id !== this.current) unknown.add(id);
      this.#take(item, batch.life, closed, now);
    }
    this.#attached?.feed.write(now);
    return { unknown: [...unknown].map((subscription) => ({ subscription, left: false })), newerLife: null, closed };
  }

  async #attach(): Promise<string> {
    const { room, turn, name, adopt, changed, relayed } = this.#parts;
    if (relayed.at.epoch === "" || this.#isBroken) {
      const page = await within(PATIENCE, room().logBefore(null));
      turn(() => adopt(page));
      this.#isBroken = false;
    }
    const attached = this.#begin(crypto.randomUUID(), true);
    const { feed, line } = attached;
    this.#attached = attached;
    turn((now) => this.#parts.begins(now)); // what the room tells of members comes before its answer
    line.push(subscribing(name, relayed.at));
    await line.idle();
    if (this.#attached !== attached) throw new Error("the room has not let this relay in");
    turn(() => changed());
    return feed.subscription;
  }

  #begin(subscription: string, isNew: boolean): Attached {
    const { name, room, turn, relayed, unwantedBy } = this.#parts;
    const call = async (...asked: Parameters<RoomRpc["link"]>) => room().link(...asked);
    const answered = ({ kind }: Outcome) => turn((now) => this.#answered(attached, kind, now));
    const attached: Attached = {
      line: new Upstream({ peer: name, subscription, isHeld: false, call, answered }),
      feed: new Feed(subscription, isNew, {
        ...{ relayed, unwantedBy },
        behind: () => this.#behind(attached),
        broken: (now) => this.#broken(now),
      }),
      isBehind: false,
      isPulling: false,
    };
    return attached;
  }

  /** A call of its line was answered, or was not. */
  #answered(attached: Attached, kind: Outcome["kind"], now: number): void {
    attached.isPulling = false;
    if (this.#attached !== attached) return;
    if (kind === "done") {
      if (attached.isBehind) this.#pull(attached);
    } else if (this.#attaching !== null) this.#detach();
    else if (kind === "ended")
      this.#parts.ask(); // the room knows how
    else this.#doubt(now);
  }

  /** Nobody knows what has arrived: it begins again, from what is here. */
  #doubt(now: number): void {
    this.end(false);
    this.#parts.ended(null, now);
  }

  #detach(): void {
    if (this.#attached === null) return;
    this.#attached = null;
    this.#parts.changed();
  }

  #broken(now: number): void {
    this.end(false);
    this.#isBroken = true;
    this.#parts.broken(now);
  }

  /** Something is missing, or there is more. */
  #behind(attached: Attached): void {
    attached.isBehind = true;
    this.#pull(attached);
  }

  #pull(attached: Attached): void {
    if (attached.isPulling) return;
    attached.isPulling = true;
    attached.isBehind = false;
    // After what this turn brings: it stands where that ends.
    queueMicrotask(() => attached.line.push({ kind: "pull", after: this.#parts.relayed.at }));
  }

  #take(item: LinkItem, life: number, closed: number[], now: number): void {
    switch (item.kind) {
      case "frame":
        return this.#read(item, life, now, ({ feed }) => feed.frame(item, now));
      case "more":
        return this.#read(item, life, now, (attached) => this.#behind(attached));
      case "kick": {
        let count = 0;
        this.#read(item, life, now, ({ feed }) => {
          feed.write(now); // what came before is still theirs
          count = this.#parts.kick(item.user, now);
        });
        closed.push(count);
        return;
      }
      case "presence":
        return this.#read(item, life, now, () => this.#parts.presence(item.news, now));
      case "ended":
        this.#attached?.feed.write(now);
        return this.endedBy(item.subscription, item, now);
      case "check":
        return;
      default:
        return item satisfies never;
    }
  }

  /** @param then what to do with it, if it is the next */
  #read(
    { readers }: Extract<LinkItem, { readers: unknown }>,
    life: number,
    now: number,
    then: (attached: Attached) => void,
  ): void {
    for (const [subscription, number] of readers) {
      const attached = this.#attached;
      if (attached?.feed.subscription !== subscription) continue;
      const taking = attached.feed.take(life, number);
      if (taking === "take") then(attached);
      else if (taking === "lost") {
        attached.feed.write(now);
        this.#doubt(now);
      }
    }
  }
}

function subscriptionsOf(item: LinkItem): readonly string[] {
  if ("readers" in item) return item.readers.map(([subscription]) => subscription);
  return item.kind === "check" ? item.subscriptions : [];
}
