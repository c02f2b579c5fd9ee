import type { JsonObject } from "../protocol/json.ts";
import type { Operations } from "../protocol/operations.ts";

/** Who is asking, and what they may do in the channel they ask about: what the edge has found out and vouches for. */
export interface Identity {
  readonly user: string;
  /** `server`: the `API_KEY`, which has no rates, whomever it acts for. */
  readonly kind: "user" | "server";
  readonly operations: Operations;
  /** When the right ends, ms; null: never. */
  readonly expires: number | null;
  /** What the token says of the user, shown with the member. */
  readonly info: JsonObject | null;
}
