/** Users' tokens, and what the history says of them. */
import { claimsOf, sign } from "../support/tokens.ts";
import type { Recorder } from "./recorder.ts";

export const AUTH_SECRET = "s".repeat(32);
export const API_KEY = "k".repeat(32);

/** Who may do what, by user: operations by channel. */
export type Rights = Readonly<Record<string, Readonly<Record<string, string[]>>>>;

const READS = ["subscribe", "history", "*"];

export class Tokens {
  readonly #rights: Rights;
  readonly #recorder: Recorder;
  readonly #isTimed: boolean;
  /** ms by which the service's clock is wrong: who makes tokens goes by it. */
  skew = 0;

  /** @param isTimed whether the clock goes right, so that it is known when they end */
  constructor(rights: Rights, recorder: Recorder, isTimed = true) {
    this.#rights = rights;
    this.#recorder = recorder;
    this.#isTimed = isTimed;
  }

  /** A token made now, good for so many seconds. */
  mint(user: string, seconds: number): string {
    const rights = this.#rights[user] ?? {};
    const claims = claimsOf(user, rights as Record<string, string[]>);
    claims.iat = (claims.iat as number) + this.skew / 1000;
    claims.exp = (claims.iat as number) + seconds;
    const until = this.#isTimed ? (claims.exp as number) * 1000 : null;
    const channels = Object.entries(rights).flatMap(([channel, names]) =>
      names.some((name) => READS.includes(name)) ? [channel] : [],
    );
    for (const channel of [...channels, `user:${user}`]) this.#recorder.note({ type: "grant", user, channel, until });
    return sign({ claims, secret: AUTH_SECRET });
  }
}
