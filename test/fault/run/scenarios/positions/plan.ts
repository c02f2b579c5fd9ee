/**
 * Which positions of sessions are to be cut, and which have been: of each way and direction every one from 0 to the longest
 * session that was seen. Those played are all below a mark, but for a few that were missed.
 */
import type { Random } from "../../../random.ts";
import type { Progress } from "../scenario.ts";

export const WAYS = ["read ws", "read sse", "read poll", "write ws", "write http"] as const;
export type Way = (typeof WAYS)[number];
export const DIRECTIONS = ["up", "down"] as const;
export type Direction = (typeof DIRECTIONS)[number];

export interface Position {
  readonly way: Way;
  readonly direction: Direction;
  /** Bytes that pass before the cut. */
  readonly bytes: number;
}

/** The bytes of one way in one direction. */
interface Stretch {
  /** Of whole sessions. */
  shortest: number;
  longest: number;
  /** All below have been played, except the missed ones. */
  next: number;
  /** Cut in the end, or found to be beyond the end of every session. */
  cut: number;
  beyond: number;
  /** How often a position was not come to. */
  missed: Record<number, number>;
}

/** By `read ws up` and so on. */
type Stretches = Record<string, Stretch>;

/** Sessions differ in length by a heartbeat or two: as often as this one may be over before it comes to a position. */
const MOST_MISSES = 4;

export class Plan implements Progress {
  readonly #stretches: Stretches;

  /** @param state of the plan that goes on */
  constructor(state: unknown) {
    this.#stretches = structuredClone((state ?? {}) as Stretches);
  }

  get state(): unknown {
    return this.#stretches;
  }

  get isEmpty(): boolean {
    return Object.keys(this.#stretches).length === 0;
  }

  get isDone(): boolean {
    return !this.isEmpty && Object.values(this.#stretches).every((stretch) => leftOf(stretch) === 0);
  }

  get text(): string {
    const lines = Object.entries(this.#stretches).map(([name, stretch]) => {
      const { shortest, longest, cut, beyond } = stretch;
      const whole = shortest === longest ? `${longest} bytes` : `${shortest} to ${longest} bytes`;
      const over = beyond > 0 ? `, ${beyond} beyond the end of sessions` : "";
      return `  ${name}: ${longest + 1 - leftOf(stretch)} of ${longest + 1} positions played (${cut} cut${over}); a session has ${whole}`;
    });
    const stretches = Object.values(this.#stretches);
    const all = stretches.reduce((sum, { longest }) => sum + longest + 1, 0);
    const left = stretches.reduce((sum, stretch) => sum + leftOf(stretch), 0);
    return [...lines, `  ${all - left} of ${all} positions played${left === 0 ? ": ALL" : ""}`].join("\n");
  }

  /** A session was played that nobody disturbed. */
  measured(way: Way, passed: Readonly<Record<Direction, number>>): void {
    for (const direction of DIRECTIONS) {
      const length = passed[direction];
      const key = nameOf({ way, direction });
      const known = this.#stretches[key];
      if (known === undefined)
        this.#stretches[key] = { shortest: length, longest: length, next: 0, cut: 0, beyond: 0, missed: {} };
      else {
        known.shortest = Math.min(known.shortest, length);
        known.longest = Math.max(known.longest, length);
      }
    }
  }

  /** The next so many that are left, of each way and direction its share. */
  next(count: number): Position[] {
    const all = this.#places().map((place) => ({ ...place, left: leftOf(place.stretch) }));
    const total = all.reduce((sum, { left }) => sum + left, 0);
    return all.flatMap(({ way, direction, stretch, left }) => {
      const share = Math.min(left, Math.ceil((count * left) / total));
      const missed = Object.keys(stretch.missed).slice(0, share).map(Number);
      const fresh = Array.from({ length: share - missed.length }, (_, index) => stretch.next + index);
      return [...missed, ...fresh].map((bytes) => ({ way, direction, bytes }));
    });
  }

  /** So many of all by chance, of each way and direction the same. */
  sample(count: number, random: Random): Position[] {
    const places = this.#places();
    const share = Math.ceil(count / places.length);
    return places.flatMap(({ way, direction, stretch }) =>
      Array.from({ length: share }, () => ({ way, direction, bytes: random.below(stretch.longest + 1) })),
    );
  }

  /** One of `next`'s was played. @param wasCut otherwise its session was over before */
  played(position: Position, wasCut: boolean): void {
    const stretch = this.#stretches[nameOf(position)] as Stretch;
    const { bytes } = position;
    const misses = stretch.missed[bytes] ?? 0;
    stretch.next = Math.max(stretch.next, bytes + 1);
    delete stretch.missed[bytes];
    if (wasCut) stretch.cut++;
    else if (misses + 1 < MOST_MISSES) stretch.missed[bytes] = misses + 1;
    else stretch.beyond++;
  }

  #places(): { way: Way; direction: Direction; stretch: Stretch }[] {
    return WAYS.flatMap((way) =>
      DIRECTIONS.flatMap((direction) => {
        const stretch = this.#stretches[nameOf({ way, direction })];
        return stretch === undefined ? [] : [{ way, direction, stretch }];
      }),
    );
  }
}

function nameOf({ way, direction }: Pick<Position, "way" | "direction">): string {
  return `${way} ${direction}`;
}

/** Positions that are to be played still. */
function leftOf({ longest, next, missed }: Stretch): number {
  return longest + 1 - next + Object.keys(missed).length;
}
