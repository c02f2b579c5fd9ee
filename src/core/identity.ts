import { type Failure, failure } from "../protocol/codes.ts";
import type { JsonObject } from "../protocol/json.ts";
import { allows, type Operation, type Operations } from "../protocol/operations.ts";

/** Who is asking, and what they may do in the channel they ask about: what the edge has found out and vouches for. */
export interface Identity {
  readonly user: string;
  /** `server`: the `API_KEY`, which has no rates, whomever it acts for. `guest`: nobody has vouched for the name. */
  readonly kind: "user" | "guest" | "server";
  readonly operations: Operations;
  /** The second its token was made in; null: the token does not say, or there is none. */
  readonly issuedAt: number | null;
  /** When the right ends, ms; null: never. */
  readonly expires: number | null;
  /** What the token says of the user, shown with the member. */
  readonly info: JsonObject | null;
}

/** Always the same words, whatever is wrong with a credential: they must not help to guess one. */
export const UNAUTHENTICATED = failure("unauthenticated", "Send a valid token: Authorization: Bearer <token>.");

/** Why somebody may not do that; null if they may. A guest can still become somebody, a known user cannot. */
export function refusalOf({ kind, operations }: Identity, operation: Operation): Failure | null {
  if (allows(operations, operation)) return null;
  return kind === "guest"
    ? UNAUTHENTICATED
    : failure("forbidden", `The token does not grant "${operation}" in this channel.`);
}
