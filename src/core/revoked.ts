/** Which tokens a log-out refuses. */

import type { Failure } from "../protocol/codes.ts";
import { type Identity, UNAUTHENTICATED } from "./identity.ts";

/** Whether a token that was made in the second `issuedAt` is refused: those that do not say when they were made are. */
export function isRevoked(issuedAt: number | null, revoked: number | null): boolean {
  return revoked !== null && (issuedAt === null || issuedAt <= revoked);
}

/** Why somebody is refused whose tokens up to the second `revoked` are; null: they hold a younger one, or need none. */
export function revocationOf(
  { kind, issuedAt }: Pick<Identity, "kind" | "issuedAt">,
  revoked: number | null,
): Failure | null {
  return kind === "user" && isRevoked(issuedAt, revoked) ? UNAUTHENTICATED : null;
}
