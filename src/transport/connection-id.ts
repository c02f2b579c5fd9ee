/**
 * The name of a connection that lives on between long polls. Nothing keeps it meanwhile, so it vouches for itself: it is
 * random, and ends in a hash of itself and its user. Others see it (a signal says who sent it), and cannot take it on.
 */

const ENTROPY = 22;
const HASH = 22;
const POLL_ID = new RegExp(`^[A-Za-z0-9_-]{${ENTROPY + HASH}}$`);

export async function newPollId(user: string): Promise<string> {
  const random = base64url(crypto.getRandomValues(new Uint8Array(16)));
  return random + (await hashOf(random, user));
}

/** Whether `id` was made by `newPollId` for that user. */
export async function isPollIdOf(id: string, user: string): Promise<boolean> {
  return POLL_ID.test(id) && id.slice(ENTROPY) === (await hashOf(id.slice(0, ENTROPY), user));
}

async function hashOf(random: string, user: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(`${random} ${user}`));
  return base64url(new Uint8Array(digest, 0, 16));
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}
