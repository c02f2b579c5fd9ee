/** The one comparison of a secret with what somebody sent: whoever measures it learns nothing of the secret. */

/**
 * Whether they are the same. Compared are hashes of one length, whole: neither where the two differ nor how long the secret
 * is shows in the time it takes.
 */
export async function isSameSecret(given: string, secret: Uint8Array): Promise<boolean> {
  const [a, b] = await Promise.all([
    crypto.subtle.digest("SHA-256", new TextEncoder().encode(given)),
    crypto.subtle.digest("SHA-256", secret),
  ]);
  return crypto.subtle.timingSafeEqual(a, b);
}
