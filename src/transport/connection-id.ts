/**
 * The names of connections. One that a relay holds ends in the relay's place, `~weur.0`, so that the edge finds it again
 * whatever it remembers. (SPEC ROUTE-2)
 *
 * That of a long poll lives on between polls. Nothing keeps it meanwhile, so it vouches for itself: it is random, and its
 * second half is a hash of all the rest and its user. Others see it (a signal says who sent it), and cannot take it on.
 */
import { formatPlace, parsePlace, type RelayPlace } from "../protocol/relay.ts";

const ENTROPY = 22;
const HASH = 22;
const POLL_ID = new RegExp(`^[A-Za-z0-9_-]{${ENTROPY + HASH}}$`);

/** @param place the relay's that is to hold it; null: the channel's own object does */
export function newConnectionId(place: RelayPlace | null): string {
  return crypto.randomUUID() + suffixOf(place);
}

/** That of a long poll. */
export async function newPollId(user: string, place: RelayPlace | null): Promise<string> {
  const random = base64url(crypto.getRandomValues(new Uint8Array(16)));
  const suffix = suffixOf(place);
  return random + (await hashOf(random + suffix, user)) + suffix;
}

/** Whether `id` was made by `newPollId` for that user. */
export async function isPollIdOf(id: string, user: string): Promise<boolean> {
  const place = placeOf(id);
  const suffix = suffixOf(place);
  const own = id.slice(0, id.length - suffix.length);
  return POLL_ID.test(own) && own.slice(ENTROPY) === (await hashOf(own.slice(0, ENTROPY) + suffix, user));
}

/** Where the connection of that name is, if a relay holds it. What a client says may be anything. */
export function placeOf(id: string): RelayPlace | null {
  const at = id.lastIndexOf("~");
  return at < 0 ? null : parsePlace(id.slice(at + 1));
}

function suffixOf(place: RelayPlace | null): string {
  return place === null ? "" : `~${formatPlace(place)}`;
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
