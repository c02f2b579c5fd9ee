import type { Host, Task } from "../../src/core/host.ts";
import type { Identity } from "../../src/core/identity.ts";
import type { Session } from "../../src/core/session.ts";
import type { Code } from "../../src/protocol/codes.ts";

/** The world of a channel, standing still: work is put off until a test runs it by hand. */
export class FakeHost implements Host {
  readonly #clock: () => number;
  /** When the work that is put off is due, ms. */
  readonly tasks = new Map<Task, number>();
  deadlinesDirty = false;
  /** The application's say about messages; null: it has none. */
  review: Host["review"] = null;
  /** What takes frames about other channels. */
  elsewhere: Host["elsewhere"] = null;
  /** The connections that were ended, in order. */
  readonly endings: { connection: string; code: Code; closeCode: number }[] = [];
  /** Users of whom the last connection has gone, in order. */
  readonly departures: string[] = [];
  /** Who the tokens of `auth` frames say it is; the others are not valid. */
  readonly tokens = new Map<string, Identity>();
  /** The next check of a token fails for a reason of its own. */
  verifyFails = false;
  #ids = 0;

  constructor(clock: () => number) {
    this.#clock = clock;
  }

  later(task: Task, ms: number): void {
    if (!this.tasks.has(task)) this.tasks.set(task, this.#clock() + ms);
  }

  deadlinesChanged(): void {
    this.deadlinesDirty = true;
  }

  /** There are no others. */
  members(): void {}

  ended({ connection }: Session, code: Code, closeCode: number): void {
    this.endings.push({ connection, code, closeCode });
  }

  gone(): void {}

  renewed(): void {}

  departed({ user }: Identity): void {
    this.departures.push(user);
  }

  async verify(token: string): Promise<Identity | null> {
    if (this.verifyFails) throw new Error("the keys cannot be read");
    return this.tokens.get(token) ?? null;
  }

  randomId(): string {
    return `made-${++this.#ids}`;
  }
}
