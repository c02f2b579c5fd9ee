/** When an object lost its connections, as well as its process can know: a cache, shared by all objects of an isolate. */

const MOST_KNOWN = 10_000;
let isolateBegan: number | null = null;
const lostAt = new Map<string, number>();

/**
 * Called by the constructor of the object `id`. A sleep loses no connection, so the answer stays what it was: the last
 * reset, or, if there was none, the beginning of this isolate, with which an earlier process' connections were gone.
 */
export function connectionsLostAt(id: string, now: number): number {
  isolateBegan ??= now;
  const lost = lostAt.get(id) ?? isolateBegan;
  remember(id, lost, now);
  return lost;
}

/** The object `id` is being reset, and all its connections with it. */
export function losesConnections(id: string, now: number): void {
  remember(id, now, now);
}

function remember(id: string, lost: number, now: number): void {
  lostAt.delete(id);
  lostAt.set(id, lost);
  const oldest = lostAt.keys().next();
  if (lostAt.size <= MOST_KNOWN || oldest.done) return;
  lostAt.delete(oldest.value);
  // Of what is forgotten nothing can be said: the latest possible is right.
  isolateBegan = now;
}
