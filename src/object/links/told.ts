/**
 * Whether all links have everything. After a sleep the channel goes on with them as they were; after a crash what was on
 * its way to them is lost. It cannot tell one from the other when it wakes: so it writes down, once after a burst, up to
 * where everything had arrived, and sets an alarm when a burst begins, which survives a crash. Whatever then differs from
 * what is written down is told anew. (RELIABILITY I10, I15)
 */
import { between, dueAt } from "../../core/clock.ts";
import type { LinkTables, ToldState } from "../../storage/links.ts";
import type { Deadline } from "../deadlines.ts";

/** ms from the beginning of a burst until it is looked whether it is over; an object falls asleep after ten seconds. */
const LOOK_AFTER = 5000;
/** ms without anything new, then a burst is over. */
const QUIET = 1500;

export class Told {
  readonly #tables: LinkTables;
  readonly #truth: () => ToldState;
  readonly #isIdle: () => boolean;
  readonly #deadlinesChanged: () => void;
  /** The last news, ms; null: there were none since it was written down that all is told. */
  #newsAt: number | null = null;
  #lookAt: number | null = null;
  #isAnew = false;

  constructor(parts: {
    tables: LinkTables;
    /** How things are now. */
    truth: () => ToldState;
    /** Whether every link has taken everything. */
    isIdle: () => boolean;
    deadlinesChanged: () => void;
  }) {
    this.#tables = parts.tables;
    this.#truth = parts.truth;
    this.#isIdle = parts.isIdle;
    this.#deadlinesChanged = parts.deadlinesChanged;
  }

  /** After a wake with links: whether they have everything, and if not, in what they may be mistaken. */
  compare(): { readonly log: boolean; readonly members: boolean; readonly watched: boolean } {
    const [told, truth] = [this.#tables.told(), this.#truth()];
    return {
      log: told?.epoch === truth.epoch && told.head === truth.head,
      members: told?.members === truth.members,
      watched: told?.isWatched === truth.isWatched,
    };
  }

  /** Everything is being told anew, after a crash: once it has arrived, that is written down at once. */
  anew(now: number): void {
    this.#isAnew = true;
    this.news(now);
  }

  /** A link has taken what it was sent. */
  arrived(): void {
    if (this.#isAnew && this.#isIdle()) this.#writeDown();
  }

  /** Somebody was told where things stand, who asks again unless it arrives: so it can be written down before. */
  answered(): void {
    if (this.#newsAt === null) this.#writeDown();
  }

  /** Something is being told. */
  news(now: number): void {
    this.#newsAt = now;
    if (this.#lookAt !== null) return;
    this.#lookAt = now + LOOK_AFTER;
    this.#deadlinesChanged();
  }

  readonly deadline: Deadline = {
    name: "told",
    due: (now) => (this.#lookAt === null ? null : dueAt(this.#lookAt, LOOK_AFTER, now)),
    run: (now) => {
      if (this.#lookAt === null || this.#newsAt === null || now < dueAt(this.#lookAt, LOOK_AFTER, now)) return;
      if (!this.#isIdle() || between(this.#newsAt, now) < QUIET) {
        this.#lookAt = now + LOOK_AFTER;
        return;
      }
      this.#writeDown();
    },
  };

  #writeDown(): void {
    const truth = this.#truth();
    if (!isSame(this.#tables.told(), truth)) this.#tables.tell(truth);
    this.#newsAt = this.#lookAt = null;
    this.#isAnew = false;
  }
}

function isSame(a: ToldState | null, b: ToldState): boolean {
  return a?.epoch === b.epoch && a.head === b.head && a.members === b.members && a.isWatched === b.isWatched;
}
