/** What the caller may do in a channel, and as whom. (SPEC AUTH-5 to AUTH-8) */
import { operationsFor } from "../auth/capabilities.ts";
import type { ChannelRule } from "../channel-rules.ts";
import { type Identity, refusalOf, UNAUTHENTICATED } from "../core/identity.ts";
import { guestIdOf, isId } from "../protocol/address.ts";
import { ALL_OPERATIONS, allows, NO_OPERATIONS, type Operation, type Operations } from "../protocol/operations.ts";
import type { Caller } from "./authenticate.ts";
import { Refusal, refuse } from "./problem.ts";

/** Who is asking, whatever channel it is about. */
type Who = Omit<Identity, "operations">;

/** The `API_KEY`'s, if it acts for nobody else. */
const SERVER: Who = { user: "server", kind: "server", issuedAt: null, expires: null, info: null };

/** Who a caller is; `user`: whom they say they are, if they do. */
export function whoIs(caller: Caller, user: string | null): Who {
  if (user !== null && !isId(user)) return refuse("bad_id", "The user is not a valid id.");
  if (caller.kind === "server") return { ...SERVER, user: user ?? SERVER.user };
  const { user: own, kind, issuedAt, expires, info } = caller.kind === "ticket" ? caller.ticket : caller.claims;
  if (user !== null && user !== own) return refuse("forbidden", "A token acts for its own user only.");
  return { user: own, kind, issuedAt, expires, info };
}

/** The identity of a caller in the channel of that address. */
export function identify(
  caller: Caller,
  rules: readonly ChannelRule[],
  address: string,
  user: string | null,
): Identity {
  const who = whoIs(caller, user);
  const operations = operationsOf(caller, rules, address);
  // Who may do nothing there does not learn even that.
  if (operations !== NO_OPERATIONS && address.startsWith(`user:${guestIdOf("")}`))
    return refuse("not_found", "Guests have no inbox.");
  return { ...who, operations };
}

function operationsOf(caller: Caller, rules: readonly ChannelRule[], address: string): Operations {
  if (caller.kind === "server") return ALL_OPERATIONS;
  if (caller.kind === "user") return operationsFor(caller.claims, rules, address);
  // Not even what everybody may: a ticket is for one channel.
  return caller.ticket.channel === address ? caller.ticket.operations : NO_OPERATIONS;
}

/** Whoever has no token lacks it where nobody may do that without one, whatever the body says. */
export function requireTokenUnlessOpen(caller: Caller, rules: readonly ChannelRule[], operation: Operation): void {
  // Not even a guest's token: that one ends some time.
  const isAnonymous = caller.kind === "user" && caller.claims.expires === null;
  if (isAnonymous && !rules.some(({ anonymous }) => allows(anonymous, operation))) throw new Refusal(UNAUTHENTICATED);
}

export function requireOperation(identity: Identity, operation: Operation): void {
  const failure = refusalOf(identity, operation);
  if (failure !== null) throw new Refusal(failure);
}
