/** What somebody may do in one channel. (SPEC AUTH-5 to AUTH-7) */
import { matchesPattern, NO_OPERATIONS, OPERATIONS, type Operations, operationsOf } from "../protocol/operations.ts";
import type { Claims } from "./token.ts";

/** Everyone may read their own inbox and be present in it. */
const OWN_INBOX: Operations = OPERATIONS.subscribe | OPERATIONS.history | OPERATIONS.presence;

/** What a token grants in the channel of that address: all patterns that match count. */
export function operationsFor({ user, capabilities }: Claims, address: string): Operations {
  let granted = address === `user:${user}` ? OWN_INBOX : NO_OPERATIONS;
  // An entry that cannot be read grants nothing: a typing error must not open a channel.
  for (const [pattern, names] of Object.entries(capabilities))
    if (matchesPattern(pattern, address) && Array.isArray(names)) granted |= operationsOf(names) ?? NO_OPERATIONS;
  return granted;
}
