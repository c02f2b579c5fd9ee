/** The one comparison of a secret with what somebody sent: whoever measures it learns nothing of the secret. */

/**
 * Whether they are the same. All of the secret is compared whatever was sent: where the two differ does not show in the time
 * it takes, and what has another length is told apart by comparing the secret with itself.
 */
export function isSameSecret(given: string, secret: Uint8Array): boolean {
  const bytes = new TextEncoder().encode(given);
  const isAsLong = bytes.byteLength === secret.byteLength;
  // Not with `&&` before it: the comparison is made in any case. No hashes either: they cost a request 5 % (B8).
  return crypto.subtle.timingSafeEqual(isAsLong ? bytes : secret, secret) && isAsLong;
}
