/** What somebody may do in one channel. (SPEC AUTH-5 to AUTH-7) */
import { type ChannelRule, ruleFor } from "../channel-rules.ts";
import { matchesPattern, NO_OPERATIONS, OPERATIONS, type Operations, operationsOf } from "../protocol/operations.ts";
import type { Claims } from "./token.ts";

/** Everyone may read their own inbox and be present in it. */
const OWN_INBOX: Operations = OPERATIONS.subscribe | OPERATIONS.history | OPERATIONS.presence;

/** What a token grants in the channel of that address: all patterns that match, and what anybody may do there. */
export function operationsFor(
  { user, kind, capabilities }: Pick<Claims, "user" | "kind" | "capabilities">,
  rules: readonly ChannelRule[],
  address: string,
): Operations {
  let granted = ruleFor(rules, address).anonymous;
  if (kind === "user" && address === `user:${user}`) granted |= OWN_INBOX;
  // An entry that cannot be read grants nothing: a typing error must not open a channel.
  for (const [pattern, names] of Object.entries(capabilities))
    if (matchesPattern(pattern, address) && Array.isArray(names)) granted |= operationsOf(names) ?? NO_OPERATIONS;
  return granted;
}
