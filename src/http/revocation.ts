import type { Identity } from "../core/identity.ts";
import { revocationOf } from "../core/revoked.ts";
import type { Env } from "../env.ts";
import { askUser } from "./dispatch.ts";
import { Refusal } from "./problem.ts";

/** For what no channel's object is asked about, which would check it. (SPEC REVOKE-1) */
export async function requireUnrevoked(
  env: Env,
  { kind, user, issuedAt }: Pick<Identity, "kind" | "user" | "issuedAt">,
): Promise<void> {
  if (kind !== "user") return;
  const revoked = await askUser(env, user, (stub) => stub.tokensBefore());
  const refusal = revocationOf({ kind, issuedAt }, revoked);
  if (refusal !== null) throw new Refusal(refusal);
}
