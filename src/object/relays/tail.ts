/**
 * How far back a relay's copy of the log reaches: as far as somebody here has asked for. What is older is fetched from the
 * room, page by page, before such a reader is let in. (SPEC RELAY-5)
 */
import { cutIntoChunks } from "../../core/batch.ts";
import type { Start } from "../../core/resume.ts";
import type { Cursor } from "../../protocol/cursor.ts";
import type { Log } from "../../storage/log.ts";
import type { TailPage } from "./calls.ts";
import { entryOf } from "./entry.ts";

export class Tail {
  readonly #log: Log;
  readonly #page: (before: Cursor) => Promise<TailPage>;
  readonly #turn: (event: (now: number) => void) => void;
  /** The epoch of which everything is here that the room has. */
  #wholeOf: string | null = null;
  #fetching: Promise<void> | null = null;

  constructor(log: Log, page: (before: Cursor) => Promise<TailPage>, turn: (event: (now: number) => void) => void) {
    this.#log = log;
    this.#page = page;
    this.#turn = turn;
  }

  /** The log was begun anew. */
  forget(): void {
    this.#wholeOf = null;
  }

  /** Whether everything is here that a reader needs who begins there. */
  reaches(start: Start, now: number): boolean {
    const { head, first } = this.#log;
    if (head === null) return false;
    if (first <= needed(start, head) || this.#wholeOf === head.epoch) return true;
    return this.#log.oldest(now) > first; // retention is past what is not here
  }

  /** Fetches what is missing for that. Rejects if the room cannot be reached. */
  async fetch(start: Start): Promise<void> {
    while (!this.reaches(start, Date.now())) {
      this.#fetching ??= this.#fetchPage().finally(() => {
        this.#fetching = null;
      });
      await this.#fetching;
    }
  }

  async #fetchPage(): Promise<void> {
    const { head, first } = this.#log;
    if (head === null) throw new Error("there is no log to complete");
    const { epoch } = head;
    const page = await this.#page({ epoch, seq: first });
    this.#turn(() => {
      if (this.#log.head?.epoch !== epoch || this.#log.first !== first) return; // it is looked again
      // It was cleared there: what comes down tells more.
      if (page.head.epoch !== epoch) throw new Error("the room's log is another now");
      if (page.texts.length > 0) this.#log.prepend(cutIntoChunks(page.texts.map(entryOf)));
      if (page.isAll) this.#wholeOf = epoch;
    });
  }
}

/** The first message that a reader needs. */
function needed(start: Start, { epoch, seq }: Cursor): number {
  switch (start.kind) {
    case "now":
      return seq + 1;
    case "rewind":
      return Math.max(1, seq - start.count + 1);
    case "after": {
      const { cursor } = start;
      return cursor.epoch === epoch && cursor.seq <= seq ? cursor.seq + 1 : 1;
    }
    default:
      return start satisfies never;
  }
}
