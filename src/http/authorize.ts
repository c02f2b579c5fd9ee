/** What the caller may do in a channel, and as whom. (SPEC AUTH-5 to AUTH-8) */
import { operationsFor } from "../auth/capabilities.ts";
import type { Identity } from "../core/identity.ts";
import { isId } from "../protocol/address.ts";
import { ALL_OPERATIONS, allows, type Operation } from "../protocol/operations.ts";
import type { Caller } from "./authenticate.ts";
import { refuse } from "./problem.ts";

/** The identity of a caller in the channel of that address; `user`: whom they say they are, if they do. */
export function identify(caller: Caller, address: string, user: string | null): Identity {
  if (user !== null && !isId(user)) return refuse("bad_id", "The user is not a valid id.");
  if (caller.kind === "server")
    return { user: user ?? "server", kind: "server", operations: ALL_OPERATIONS, expires: null, info: null };
  const { claims } = caller;
  if (user !== null && user !== claims.user) return refuse("forbidden", "A token acts for its own user only.");
  return {
    user: claims.user,
    kind: "user",
    operations: operationsFor(claims, address),
    expires: claims.expires,
    info: claims.info,
  };
}

export function requireOperation({ operations }: Identity, operation: Operation): void {
  if (!allows(operations, operation)) refuse("forbidden", `The token does not grant "${operation}" in this channel.`);
}
