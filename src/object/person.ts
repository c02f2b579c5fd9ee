/**
 * A user as a person: where they are connected, when they were last seen, and since when their older tokens are refused.
 * Where they are is told by the channels, which may crash before they take it back: so it is a hint, and whoever looks has
 * it confirmed by those channels. (SPEC PEOPLE-1 to PEOPLE-4, REVOKE-1 to REVOKE-3)
 */
import { LONGEST_LIFE } from "../auth/token.ts";
import { between, dueAt } from "../core/clock.ts";
import { isRevoked } from "../core/revoked.ts";
import type { Env } from "../env.ts";
import { formatAddress } from "../protocol/address.ts";
import { parseRelay } from "../protocol/relay.ts";
import type { PersonTables, Place } from "../storage/person.ts";
import type { Deadline } from "./deadlines.ts";
import type { ChannelRpc, PersonPresence, Whereabouts, WhereaboutsIn } from "./rpc.ts";
import { placeStub } from "./stubs.ts";

/** ms that a place is believed without asking there. */
const BELIEVED = 10_000;
/** Before a place that could not be told of a revocation is tried again, ms; then every last of them. */
const RETRIES = [200, 500, 1000, 2000, 5000, 10_000];
const LONGEST_WAIT = Math.max(...RETRIES);
/** ms that a revocation waits for the places before it is answered; they are told in any case. */
const PATIENCE = 1000;

/** What a channel that the person is in is asked. */
type PlaceRpc = Pick<ChannelRpc, "whereabouts" | "revoke">;

export class Person {
  readonly id: string;
  readonly #tables: PersonTables;
  readonly #env: Env;
  readonly #address: string;
  readonly #own: PlaceRpc;
  readonly #deadlinesChanged: () => void;
  /** When a place was last known to be true, ms. */
  readonly #confirmedAt = new Map<string, number>();
  #tries = 0;
  #nextTryAt = 0;

  constructor(parts: {
    id: string;
    tables: PersonTables;
    env: Env;
    address: string;
    /** The person's own channel: nobody has to be called. */
    own: PlaceRpc;
    deadlinesChanged: () => void;
  }) {
    this.id = parts.id;
    this.#tables = parts.tables;
    this.#env = parts.env;
    this.#address = parts.address;
    this.#own = parts.own;
    this.#deadlinesChanged = parts.deadlinesChanged;
  }

  /**
   * The user has a connection to that channel, since `at` by its clock. Answers which tokens are refused; with one of those
   * nobody is registered. `token`: null if none was needed.
   */
  async enter(channel: string, at: number, token: { issuedAt: number | null } | null): Promise<number | null> {
    const revoked = this.#revokedAt(Date.now());
    if (token !== null && isRevoked(token.issuedAt, revoked)) return revoked;
    const before = this.#tables.places.get(channel);
    this.#tables.putPlace({ channel, enteredAt: at, revoking: before?.revoking ?? null });
    this.#confirmedAt.set(channel, Date.now());
    return revoked;
  }

  /** The user's last connection to that channel ended at `at`. What comes late, after they are back, is not true any more. */
  async left(channel: string, at: number): Promise<void> {
    const place = this.#tables.places.get(channel);
    if (place !== undefined && place.enteredAt <= at) this.#gone(place, at);
  }

  /** Tokens made in this second or before are refused; null: none. */
  async tokensBefore(): Promise<number | null> {
    return this.#revokedAt(Date.now());
  }

  /** Whether the user is connected anywhere. Asks only where it is not known. */
  async presence(): Promise<PersonPresence> {
    const now = Date.now();
    const places = [...this.#tables.places.values()];
    const isFresh = ({ channel }: Place) =>
      between(this.#confirmedAt.get(channel) ?? Number.NEGATIVE_INFINITY, now) < BELIEVED;
    if (places.some(isFresh)) return { online: true, lastSeen: now };
    const found = await Promise.all(places.map((place) => this.#confirm(place)));
    const online = found.some((connections) => connections.length > 0);
    return { online, lastSeen: online ? now : this.#lastSeen };
  }

  /** Every connection of the user, in every channel: all of them are asked. */
  async whereabouts(): Promise<{ connections: Whereabouts[]; lastSeen: number | null }> {
    const found = await Promise.all(
      [...this.#tables.places.values()].map(async (place) =>
        (await this.#confirm(place)).map((connection) => ({ channel: shownAs(place.channel), ...connection })),
      ),
    );
    const connections = found.flat();
    return { connections, lastSeen: connections.length > 0 ? Date.now() : this.#lastSeen };
  }

  /**
   * Ends every connection of the user and refuses the tokens they have so far. Answers how many connections were closed so
   * far; a channel that cannot be reached is told as soon as it can.
   */
  async logOut(): Promise<number> {
    this.#tables.revoke(Math.floor(Date.now() / 1000));
    this.#tries = 0;
    this.#nextTryAt = Date.now() + PATIENCE;
    this.#deadlinesChanged();
    let closed = 0;
    const told = Promise.all(
      this.#revoking().map(async (place) => {
        const there = await this.#tell(place);
        closed += there; // not in one statement with the await, which would add to what it was before
      }),
    );
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, PATIENCE);
    await Promise.race([told, late]);
    clearTimeout(timer);
    this.#scheduleRetry();
    return closed;
  }

  /** Sees to it that every channel hears of a revocation, whatever crashes meanwhile. */
  readonly deadline: Deadline = {
    name: "revocation",
    due: (now) => (this.#revoking().length > 0 ? dueAt(this.#nextTryAt, LONGEST_WAIT, now) : null),
    run: (now) => {
      if (now < dueAt(this.#nextTryAt, LONGEST_WAIT, now)) return;
      this.#scheduleRetry(); // before they answer, or the alarm would ring on end while they take their time
      for (const place of this.#revoking()) void this.#tell(place);
    },
  };

  /** Not before they were last known to be somewhere; null: never. */
  get #lastSeen(): number | null {
    let last = this.#tables.lastSeen;
    for (const { channel, enteredAt } of this.#tables.places.values())
      last = Math.max(last ?? 0, this.#confirmedAt.get(channel) ?? enteredAt);
    return last;
  }

  #revoking(): Place[] {
    return [...this.#tables.places.values()].filter(({ revoking }) => revoking !== null);
  }

  /** Remembered for as long as a token can live that was made in that second. */
  #revokedAt(now: number): number | null {
    const { revoked } = this.#tables;
    return revoked !== null && now < (revoked + LONGEST_LIFE + 1) * 1000 ? revoked : null;
  }

  /** Tells one channel; answers how many connections it has closed. */
  async #tell({ channel, enteredAt, revoking }: Place): Promise<number> {
    if (revoking === null) return 0;
    try {
      const { closed, isLeft, goneAt } = await this.#at(channel).revoke(this.id, revoking);
      const now = this.#tables.places.get(channel);
      if (now?.revoking !== revoking) return closed;
      if (isLeft || now.enteredAt !== enteredAt) this.#tables.putPlace({ ...now, revoking: null });
      else this.#gone(now, goneAt);
      return closed;
    } catch {
      return 0; // it stays marked
    }
  }

  #scheduleRetry(): void {
    if (this.#revoking().length === 0) return;
    const wait = RETRIES[Math.min(this.#tries++, RETRIES.length - 1)] as number;
    this.#nextTryAt = Date.now() + wait;
    this.#deadlinesChanged(); // the alarm outlives a crash of this object
  }

  /** What that channel says of the user; it is forgotten if they are not there. */
  async #confirm(place: Place): Promise<WhereaboutsIn["connections"]> {
    let answer: WhereaboutsIn;
    try {
      answer = await this.#at(place.channel).whereabouts(this.id);
    } catch {
      return []; // its sockets are cut while it is being reset; it will be asked again
    }
    if (answer.connections.length > 0 || answer.isEntering) this.#confirmedAt.set(place.channel, Date.now());
    else if (place.revoking === null && this.#tables.places.get(place.channel) === place)
      this.#gone(place, answer.goneAt);
    return answer.connections;
  }

  /** The user is not there any more, since `at` as well as that channel knows; since they came, at the least. */
  #gone({ channel, enteredAt }: Place, at: number): void {
    this.#confirmedAt.delete(channel);
    this.#tables.seen(Math.max(at, enteredAt));
    this.#tables.removePlace(channel);
  }

  #at(channel: string): PlaceRpc {
    return channel === this.#address ? this.#own : placeStub(this.#env, channel);
  }
}

/** The channel that a place is: a relay's connections are its room's. */
function shownAs(place: string): string {
  const relay = parseRelay(place);
  return relay === null ? place : formatAddress({ kind: "room", id: relay.room });
}
