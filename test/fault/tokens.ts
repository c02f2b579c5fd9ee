/** Users' tokens, and what the history says of them. */
import { matchesPattern } from "../../src/protocol/operations.ts";
import { claimsOf, sign } from "../support/tokens.ts";
import type { Recorder } from "./recorder.ts";

export const AUTH_SECRET = "s".repeat(32);
export const API_KEY = "k".repeat(32);

/** Who may do what, by user: operations by channel, or by a pattern of channels. */
export type Rights = Readonly<Record<string, Readonly<Record<string, string[]>>>>;

const READS = ["subscribe", "history", "*"];

export class Tokens {
  readonly #rights: Rights;
  readonly #recorder: Recorder;
  readonly #channels: () => readonly string[];
  readonly #isTimed: boolean;
  /** ms by which the service's clock is wrong: who makes tokens goes by it. */
  skew = 0;

  /**
   * @param channels those that a pattern may mean
   * @param isTimed whether the clock goes right, so that it is known when they end
   */
  constructor(
    rights: Rights,
    recorder: Recorder,
    { channels = () => [], isTimed = true }: { channels?: () => readonly string[]; isTimed?: boolean } = {},
  ) {
    this.#rights = rights;
    this.#recorder = recorder;
    this.#channels = channels;
    this.#isTimed = isTimed;
  }

  /** A token made now, good for so many seconds. */
  mint(user: string, seconds: number): string {
    const rights = this.#rights[user] ?? {};
    const claims = claimsOf(user, rights as Record<string, string[]>);
    claims.iat = (claims.iat as number) + this.skew / 1000;
    claims.exp = (claims.iat as number) + seconds;
    const until = this.#isTimed ? (claims.exp as number) * 1000 : null;
    const patterns = Object.entries(rights).flatMap(([pattern, names]) =>
      names.some((name) => READS.includes(name)) ? [pattern] : [],
    );
    const channels = this.#channels().filter((each) => patterns.some((pattern) => matchesPattern(pattern, each)));
    for (const channel of new Set([...patterns, ...channels, `user:${user}`]))
      this.#recorder.note({ type: "grant", user, channel, until });
    return sign({ claims, secret: AUTH_SECRET });
  }
}
