/** One connection of the user, and the other channels that it follows. */
import { RateLimit } from "../../core/rate-limit.ts";
import type { Session } from "../../core/session.ts";
import type { StoredConnection } from "../../storage/subscriptions.ts";
import type { Grants } from "../rpc.ts";
import type { Packed, Subscription, SubscriptionFacts } from "./subscription.ts";

/** In the socket's attachment, if they are small; else in a row: an attachment is 16 KiB at most. UTF-16 units. */
const GRANTS_WITH_SOCKET = 2048;

/** Subscriptions begun a second, on the long run; at once: all there may be, and all again. */
const RATE = 50;
const BURSTS = 2;

/** A subscription that is over, of which its channel does not know yet. */
export interface Leaving {
  readonly id: string;
  readonly channel: string;
  /** Whether the user is not expected back. */
  readonly left: boolean;
  /** Since when, ms. */
  readonly since: number;
}

/** What of it goes with the socket through a sleep. */
export interface DeviceAttachment {
  readonly grants: Grants | null;
  readonly at: readonly Packed[];
}

interface StoredChannels {
  readonly slots: number;
  readonly live: readonly SubscriptionFacts[];
  readonly leaving: readonly Leaving[];
}

export class Device {
  readonly connection: string;
  /** Null: the connection is over. */
  session: Session | null;
  /** What its token grants in whichever channel. */
  grants: Grants;
  /** By channel. */
  readonly live = new Map<string, Subscription>();
  /** By id. */
  readonly leaving = new Map<string, Leaving>();
  /** How the connection ended. */
  over: "left" | "broken" | null = null;
  /** Whether there is a row of it. */
  isStored = false;
  /** Whether the row is not as it should be. */
  isDirty = false;
  #slots = 0;
  #rate: RateLimit | null = null;

  constructor(connection: string, session: Session | null, grants: Grants) {
    this.connection = connection;
    this.session = session;
    this.grants = grants;
  }

  /** Takes one of its rate of so many subscriptions; or says how long to wait, ms. */
  takeRate(most: number, now: number): number {
    this.#rate ??= new RateLimit(RATE, BURSTS * most, now);
    return this.#rate.take(1, now);
  }

  nextSlot(): number {
    return ++this.#slots;
  }

  /** Whether what it may do is written down with the socket. */
  get hasSmallGrants(): boolean {
    return JSON.stringify(this.grants).length <= GRANTS_WITH_SOCKET;
  }

  attachment(): DeviceAttachment {
    const at: Packed[] = [];
    for (const subscription of this.live.values()) at.push(...subscription.pack());
    return { grants: this.hasSmallGrants ? this.grants : null, at };
  }

  row(): StoredConnection {
    const channels: StoredChannels = {
      slots: this.#slots,
      live: [...this.live.values()].map(({ facts }) => facts),
      leaving: [...this.leaving.values()],
    };
    const grants = this.hasSmallGrants ? null : JSON.stringify(this.grants);
    return { connection: this.connection, channels: JSON.stringify(channels), grants, over: this.over };
  }

  /** Reads its row; answers the subscriptions that it had. */
  restore({ channels, grants, over }: StoredConnection): readonly SubscriptionFacts[] {
    const { slots, live, leaving } = JSON.parse(channels) as StoredChannels;
    this.isStored = true;
    this.over = over;
    this.#slots = slots;
    if (grants !== null) this.grants = JSON.parse(grants) as Grants;
    for (const each of leaving) this.leaving.set(each.id, each);
    return live;
  }
}
