/** When an object lost its connections, as well as its process can know: a cache, shared by all objects of an isolate. */

interface Life {
  /** The last reset of which this isolate was told, ms; its own beginning, with which an earlier process' connections were gone. */
  readonly lostAt: number;
  /** The last reset was not later than this: it may have come without a word, from the platform or a failing disk. */
  readonly atLatest: number;
  /** Whether it holds connections, as far as is known: a sleep loses none. */
  readonly isHolding: boolean;
}

const MOST_KNOWN = 10_000;
let isolateBegan: number | null = null;
const lives = new Map<string, Life>();

/** Called by the constructor of the object `id`. `isHolding`: the runtime holds connections for it. */
export function connectionsLostAt(id: string, now: number, isHolding: boolean): Omit<Life, "isHolding"> {
  isolateBegan ??= now;
  const before = lives.get(id) ?? { lostAt: isolateBegan, atLatest: isolateBegan, isHolding };
  const life = { ...before, isHolding, atLatest: before.isHolding && !isHolding ? now : before.atLatest };
  remember(id, life, now);
  return life;
}

/** The object `id` has let a connection in. */
export function holdsConnections(id: string, now: number): void {
  const life = lives.get(id);
  if (life?.isHolding === false) remember(id, { ...life, isHolding: true }, now);
}

/** The object `id` is being reset, and all its connections with it. */
export function losesConnections(id: string, now: number): void {
  remember(id, { lostAt: now, atLatest: now, isHolding: false }, now);
}

function remember(id: string, life: Life, now: number): void {
  lives.delete(id);
  lives.set(id, life);
  const oldest = lives.keys().next();
  if (lives.size <= MOST_KNOWN || oldest.done) return;
  lives.delete(oldest.value);
  // Of what is forgotten nothing can be said: the latest possible is right.
  isolateBegan = now;
}
