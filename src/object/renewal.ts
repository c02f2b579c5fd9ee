import { operationsFor } from "../auth/capabilities.ts";
import { verifyToken } from "../auth/token.ts";
import type { Identity } from "../core/identity.ts";
import type { Settings } from "../settings.ts";
import type { Directory } from "./directory.ts";
import type { Grants } from "./rpc.ts";

/**
 * Who a token says it is, and what it grants, in the channel of that address; null if it is not valid, or revoked. Throws if that cannot be
 * found out now. (SPEC AUTH-9)
 */
export async function identityBy(
  token: string,
  address: string,
  { config, rules, secrets }: Settings,
  directory: Directory,
): Promise<{ readonly identity: Identity; readonly grants: Grants } | null> {
  if (token.length > config.TOKEN_BYTES) return null;
  const verdict = await verifyToken(token, secrets, Date.now());
  if (verdict === "invalid") return null;
  if (!("user" in verdict)) throw new Error("the keys cannot be fetched");
  const { user, kind, issuedAt, expires, info } = verdict;
  const identity = { user, kind, operations: operationsFor(verdict, rules, address), issuedAt, expires, info };
  const refusal = await directory.check(identity);
  if (refusal?.code === "overloaded") throw new Error(refusal.detail);
  return refusal === null ? { identity, grants: verdict.capabilities } : null;
}
