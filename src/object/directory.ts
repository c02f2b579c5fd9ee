/**
 * What a channel asks the objects of its users, and tells them: who is here now, and whose older tokens are refused. For a
 * user who is registered as being here nothing has to be asked: their object tells every channel they are in of a
 * revocation. Guests, and the server itself, have no object. (SPEC REVOKE-1 to REVOKE-3)
 */
import { between } from "../core/clock.ts";
import type { Identity } from "../core/identity.ts";
import { revocationOf } from "../core/revoked.ts";
import type { Env } from "../env.ts";
import { isGuestId } from "../protocol/address.ts";
import { type Failure, failure } from "../protocol/codes.ts";
import type { UserRpc } from "./rpc.ts";
import { userStub } from "./stubs.ts";

/** The user whose own channel this is: nobody has to be asked about them. */
export type OwnUser = Pick<UserRpc, "enter" | "left" | "tokensBefore"> & { readonly id: string };

interface Known {
  /** Tokens made in this second or before are refused; null: none. */
  readonly revoked: number | null;
  /** ms */
  readonly askedAt: number;
  /** Whether the user's object has it that they are here, and so will tell of a revocation. */
  readonly isEntered: boolean;
}

/** ms that an answer holds, counted from the question: a revocation is to take effect within a second. */
const HOLDS = 750;
/** How often it is told before it is left to whoever looks for the user. */
const MOST_TRIES = 3;
/** Answers that are kept; beyond that those that hold no more are let go. And departures that could not be told. */
const MOST_KNOWN = 1000;

/** The end of a user's last connection here, until their object knows of it. */
interface Departure {
  /** ms */
  readonly at: number;
  tries: number;
  isBeingTold: boolean;
}

export class Directory {
  readonly #env: Env;
  readonly #address: string;
  readonly #own: OwnUser | null;
  readonly #isHere: (user: string) => boolean;
  readonly #departureDelay: number;
  readonly #known = new Map<string, Known>();
  readonly #asking = new Map<string, Promise<number | null>>();
  /** Users who are just being let in, and how often. */
  readonly #entering = new Map<string, number>();
  readonly #departures = new Map<string, Departure>();
  #isTelling = false;

  constructor(parts: {
    env: Env;
    address: string;
    own: OwnUser | null;
    isHere: (user: string) => boolean;
    /** ms from the last connection's end until the user's object is told. */
    departureDelay: number;
  }) {
    this.#env = parts.env;
    this.#address = parts.address;
    this.#own = parts.own;
    this.#isHere = parts.isHere;
    this.#departureDelay = parts.departureDelay;
  }

  /** Before a connection is let in: registers that its user is here. Null, or why it is refused. */
  async enter(identity: Identity, hint: DurableObjectLocationHint | undefined): Promise<Failure | null> {
    if (!hasObject(identity)) return null;
    const { user, kind, issuedAt } = identity;
    const known = this.#known.get(user);
    if (known?.isEntered) return revocationOf(identity, known.revoked);
    const askedAt = Date.now();
    this.#entering.set(user, (this.#entering.get(user) ?? 0) + 1);
    try {
      const token = kind === "user" ? { issuedAt } : null;
      const revoked = later(await this.#of(user, hint).enter(this.#address, askedAt, token), this.#known.get(user));
      const refusal = revocationOf(identity, revoked);
      this.#keep(user, { revoked, askedAt, isEntered: refusal === null });
      return refusal;
    } catch {
      // Who has a token is let in only if it is known to be good; for the server's key that is certain.
      return kind === "server" ? null : UNREACHABLE;
    } finally {
      const others = (this.#entering.get(user) ?? 1) - 1;
      if (others > 0) this.#entering.set(user, others);
      else {
        this.#entering.delete(user);
        if (this.#departures.has(user)) this.#tellLater(); // it has waited for this
      }
    }
  }

  /** Before a request is served that is not a connection's. Null, or why it is refused. */
  async check(identity: Identity): Promise<Failure | null> {
    if (identity.kind !== "user") return null;
    const { user } = identity;
    const known = this.#known.get(user);
    const holds = known !== undefined && (known.isEntered || between(known.askedAt, Date.now()) < HOLDS);
    if (holds && user !== this.#own?.id) return revocationOf(identity, known.revoked);
    const askedAt = Date.now();
    try {
      const revoked = later(await this.#ask(user), this.#known.get(user));
      this.#keep(user, { revoked, askedAt, isEntered: this.#known.get(user)?.isEntered ?? false });
      return revocationOf(identity, revoked);
    } catch {
      return UNREACHABLE;
    }
  }

  /** The last connection of a user here has gone. */
  departed(identity: Identity, now: number): void {
    if (!hasObject(identity)) return;
    this.#departures.delete(identity.user); // the latest is the last of the map
    this.#departures.set(identity.user, { at: now, tries: 0, isBeingTold: false });
    this.#tellLater();
  }

  /** Whether the user's object has been told that they are here, and their connection is not there yet. */
  isEntering(user: string): boolean {
    return this.#entering.has(user);
  }

  /**
   * The user's object is told that they are not here: it has to be told when they are again. What has been heard of a
   * log-out is kept: a question from before it may still be under way.
   */
  forget(user: string): void {
    const known = this.#known.get(user);
    if (known !== undefined) this.#known.set(user, { ...known, isEntered: false });
  }

  /** When the last connection of a user ended, if that was just now; ms. */
  departureOf(user: string): number | null {
    return this.#departures.get(user)?.at ?? null;
  }

  /** A user's tokens up to `second` are refused from now on. `isHere`: some of theirs are younger. */
  revoked(user: string, second: number, isHere: boolean): void {
    this.#keep(user, { revoked: second, askedAt: Date.now(), isEntered: isHere });
  }

  #tellLater(): void {
    if (this.#isTelling) return;
    this.#isTelling = true;
    setTimeout(() => this.#tellDepartures(), this.#departureDelay);
  }

  #tellDepartures(): void {
    this.#isTelling = false;
    for (const [user, departure] of this.#departures) {
      if (this.#isHere(user)) this.#departures.delete(user);
      else if (!this.#entering.has(user) && !departure.isBeingTold && departure.tries < MOST_TRIES)
        void this.#tell(user, departure);
    }
    for (const user of this.#departures.keys()) {
      if (this.#departures.size <= MOST_KNOWN) break;
      this.#departures.delete(user);
    }
  }

  async #tell(user: string, departure: Departure): Promise<void> {
    this.forget(user);
    departure.isBeingTold = true;
    try {
      await this.#of(user).left(this.#address, departure.at);
      if (this.#departures.get(user) === departure) this.#departures.delete(user);
    } catch {
      // If it never arrives, whoever looks for the user finds out: it is kept for them.
      departure.isBeingTold = false;
      if (++departure.tries < MOST_TRIES) this.#tellLater();
    }
  }

  /** What the user's object says; asked once, however many wait for it. */
  #ask(user: string): Promise<number | null> {
    const asked = this.#asking.get(user);
    if (asked !== undefined) return asked;
    const answer = (async () => this.#of(user).tokensBefore())().finally(() => this.#asking.delete(user));
    this.#asking.set(user, answer);
    return answer;
  }

  #of(user: string, hint?: DurableObjectLocationHint): OwnUser | UserRpc {
    return user === this.#own?.id ? this.#own : userStub(this.#env, user, hint);
  }

  #keep(user: string, known: Known): void {
    this.#known.set(user, known);
    if (this.#known.size <= MOST_KNOWN) return;
    const now = Date.now();
    for (const [other, { askedAt, isEntered }] of this.#known)
      if (!isEntered && between(askedAt, now) >= HOLDS && !this.#entering.has(other) && !this.#asking.has(other))
        this.#known.delete(other);
  }
}

const UNREACHABLE = failure("overloaded", "Whether the token is still good could not be found out; try again.", 1000);

function hasObject({ kind, user }: Identity): boolean {
  return kind === "user" || (kind === "server" && user !== "server" && !isGuestId(user));
}

/** The later of an answer and what has been heard meanwhile. */
function later(answer: number | null, known: Known | undefined): number | null {
  const heard = known?.revoked ?? null;
  return answer === null || (heard !== null && heard > answer) ? heard : answer;
}
