/** When an object lost its connections, as well as its process can know: a cache, shared by all objects of an isolate. */

interface Life {
  /** The last reset of which this isolate knows, ms; its own beginning, with which an earlier process' connections were gone. */
  readonly lostAt: number;
  /** Whether the object has been made since then. */
  readonly isMade: boolean;
}

interface Lost {
  /** When its last reset was, as far as this isolate was told; a sleep loses no connection. */
  readonly lostAt: number;
  /** Its last reset was not later than this: it may have been reset without a word, by the platform or a failing disk. */
  readonly atLatest: number;
}

const MOST_KNOWN = 10_000;
let isolateBegan: number | null = null;
const lives = new Map<string, Life>();

/** Called by the constructor of the object `id`. `hasConnections`: the runtime still holds some for it. */
export function connectionsLostAt(id: string, now: number, hasConnections: boolean): Lost {
  isolateBegan ??= now;
  const { lostAt, isMade } = lives.get(id) ?? { lostAt: isolateBegan, isMade: false };
  remember(id, { lostAt, isMade: true }, now);
  return { lostAt, atLatest: isMade && !hasConnections ? now : lostAt };
}

/** The object `id` is being reset, and all its connections with it. */
export function losesConnections(id: string, now: number): void {
  remember(id, { lostAt: now, isMade: false }, now);
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
