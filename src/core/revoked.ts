/** Whether a token that was made in the second `issuedAt` is refused: those that do not say when they were made are. */
export function isRevoked(issuedAt: number | null, revoked: number | null): boolean {
  return revoked !== null && (issuedAt === null || issuedAt <= revoked);
}
