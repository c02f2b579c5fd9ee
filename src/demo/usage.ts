/**
 * What the room's object has done in this session. It is asked only after something happened: a question would wake it,
 * and it is to sleep.
 */
import type { Counted } from "./cost.ts";
import type { Tokens } from "./tokens.ts";

/** One life of the object: from a wake to a sleep. */
interface Life extends Counted {
  readonly life: string;
  readonly since: number;
}

const NAMES = ["requests", "framesIn", "framesOut", "commits", "rowsRead", "rowsWritten"] as const;
const NOTHING: Counted = { requests: 0, framesIn: 0, framesOut: 0, commits: 0, rowsRead: 0, rowsWritten: 0 };

export class Usage {
  readonly #room: string;
  readonly #tokens: Tokens;
  /** By life, what it had done when it was asked last. */
  readonly #lives = new Map<string, Life>();

  constructor(room: string, tokens: Tokens) {
    this.#room = room;
    this.#tokens = tokens;
  }

  /** What was counted before a sleep or a kill, and not asked for, is missing. */
  get total(): Counted {
    return [...this.#lives.values()].reduce(sum, NOTHING);
  }

  /** How often it slept, or was killed, and woke. */
  get lives(): number {
    return this.#lives.size;
  }

  /** Asks the object. Rejects if it cannot be reached. */
  async ask(): Promise<Counted> {
    const token = await this.#tokens.fresh();
    const response = await fetch(`/demo/usage?room=${this.#room}`, { headers: { authorization: `Bearer ${token}` } });
    if (!response.ok) throw new Error(`no answer: ${response.status}`);
    const life = (await response.json()) as Life;
    this.#lives.set(life.life, life);
    return this.total;
  }
}

export function difference(after: Counted, before: Counted): Counted {
  return Object.fromEntries(NAMES.map((name) => [name, after[name] - before[name]])) as unknown as Counted;
}

function sum(a: Counted, b: Counted): Counted {
  return Object.fromEntries(NAMES.map((name) => [name, a[name] + b[name]])) as unknown as Counted;
}
