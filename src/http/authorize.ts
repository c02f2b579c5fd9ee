/** What the caller may do in a channel, and as whom. (SPEC AUTH-5 to AUTH-8) */
import { operationsFor } from "../auth/capabilities.ts";
import type { ChannelRule } from "../channel-rules.ts";
import { type Identity, refusalOf } from "../core/identity.ts";
import { isId } from "../protocol/address.ts";
import { ALL_OPERATIONS, NO_OPERATIONS, type Operation, type Operations } from "../protocol/operations.ts";
import type { Caller } from "./authenticate.ts";
import { Refusal, refuse } from "./problem.ts";

/** The `API_KEY`'s, if it acts for nobody else. */
const SERVER: Identity = {
  user: "server",
  kind: "server",
  operations: ALL_OPERATIONS,
  issuedAt: null,
  expires: null,
  info: null,
};

/** The identity of a caller in the channel of that address; `user`: whom they say they are, if they do. */
export function identify(
  caller: Caller,
  rules: readonly ChannelRule[],
  address: string,
  user: string | null,
): Identity {
  if (user !== null && !isId(user)) return refuse("bad_id", "The user is not a valid id.");
  if (caller.kind === "server" && address.startsWith("user:guest-"))
    return refuse("not_found", "Guests have no inbox.");
  if (caller.kind === "server") return { ...SERVER, user: user ?? SERVER.user };
  const who = caller.kind === "ticket" ? caller.ticket : caller.claims;
  if (user !== null && user !== who.user) return refuse("forbidden", "A token acts for its own user only.");
  return {
    user: who.user,
    kind: who.kind,
    operations: operationsOf(caller, rules, address),
    issuedAt: who.issuedAt,
    expires: who.expires,
    info: who.info,
  };
}

function operationsOf(
  caller: Exclude<Caller, { kind: "server" }>,
  rules: readonly ChannelRule[],
  address: string,
): Operations {
  if (caller.kind === "user") return operationsFor(caller.claims, rules, address);
  // Not even what everybody may: a ticket is for one channel.
  return caller.ticket.channel === address ? caller.ticket.operations : NO_OPERATIONS;
}

export function requireOperation(identity: Identity, operation: Operation): void {
  const failure = refusalOf(identity, operation);
  if (failure !== null) throw new Refusal(failure);
}
