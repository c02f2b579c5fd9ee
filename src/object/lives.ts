/** When an object's last life ended, as well as its process can know: a cache, shared by all objects of an isolate. */

const MOST_KNOWN = 10_000;
let isolateBegan: number | null = null;
const known = new Set<string>();

/**
 * Called by the constructor of the object `id`. An object that this isolate has not seen before lost its connections
 * with an earlier process: no later than this isolate began. One that it has seen may have lost them only just now.
 */
export function lastLifeEnded(id: string, now: number): number {
  isolateBegan ??= now;
  const ended = known.has(id) ? now : isolateBegan;
  known.delete(id);
  known.add(id);
  if (known.size > MOST_KNOWN)
    for (const oldest of known) {
      known.delete(oldest);
      // Of what is forgotten nothing can be said: the latest possible is right.
      isolateBegan = now;
      break;
    }
  return ended;
}
