/** What was ever seen at each place of each log: I1 and I13. */
import { parseCursor } from "../../../src/protocol/cursor.ts";
import type { Message } from "../../../src/protocol/frames.ts";
import type { HistoryEvent, RunEvent } from "../history.ts";
import type { Findings } from "./findings.ts";

export interface Place {
  readonly channel: string;
  readonly epoch: string;
  readonly seq: number;
  readonly message: Message;
  readonly text: string;
  /** Who saw it first. */
  readonly event: HistoryEvent;
}

/** Bytes that no run reaches. */
const LIMITLESS = 1e9;

/** One life of one log. */
class Life {
  readonly places = new Map<number, Place>();
  #bytes: Map<number, number> | null = null;
  #sorted: Place[] | null = null;

  /** Bytes of the messages between two places, both included; null: not all of them are known. */
  bytesBetween(from: number, to: number): number | null {
    if (this.#bytes === null) {
      this.#bytes = new Map();
      let [sum, last] = [0, Number.NaN];
      for (const { seq } of this.#inOrder()) {
        // A hole counts as endless: nothing can be said across it.
        sum += seq === last + 1 ? this.#size(seq) : LIMITLESS;
        this.#bytes.set(seq, sum);
        last = seq;
      }
    }
    const [start, end] = [this.#bytes.get(from), this.#bytes.get(to)];
    if (start === undefined || end === undefined) return null;
    const bytes = end - start + this.#size(from);
    return bytes >= LIMITLESS ? null : bytes;
  }

  /** Seq of the first known message after that time; null: none. By halving: times never decrease. */
  firstAfter(at: number): number | null {
    const all = this.#inOrder();
    let [low, high] = [0, all.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((all[middle] as Place).message.at > at) high = middle;
      else low = middle + 1;
    }
    return all[low]?.seq ?? null;
  }

  #inOrder(): Place[] {
    if (this.#sorted?.length !== this.places.size)
      this.#sorted = [...this.places.values()].sort((a, b) => a.seq - b.seq);
    return this.#sorted;
  }

  #size(seq: number): number {
    return Buffer.byteLength(this.places.get(seq)?.text ?? "");
  }
}

export class Places {
  readonly #findings: Findings;
  readonly #retention: RunEvent["retention"];
  readonly #lives = new Map<string, Map<string, Life>>();

  constructor(findings: Findings, retention: RunEvent["retention"]) {
    this.#findings = findings;
    this.#retention = retention;
  }

  /** A client saw this message in that life of that log. Answers where; null: it is no message. */
  observe(channel: string, epoch: string, text: string, event: HistoryEvent): Place | null {
    const message = messageIn(text);
    if (message === null) {
      this.#findings.add("I1", `no message: ${text.slice(0, 200)}`, event);
      return null;
    }
    const place: Place = { channel, epoch, seq: message.seq, message, text, event };
    const { places } = this.#life(channel, epoch);
    const known = places.get(place.seq);
    if (known === undefined) places.set(place.seq, place);
    else if (known.text !== text) {
      const where = `${channel} ${epoch}-${place.seq}`;
      if (canonical(known.message) === canonical(message))
        this.#findings.add("I13", `the same message in other bytes at ${where}`, known.event, event);
      else this.#findings.add("I1", `two messages at ${where}`, known.event, event);
    }
    return known ?? place;
  }

  find(channel: string, cursor: string): Place | undefined {
    const position = parseCursor(cursor);
    if (position === null) return undefined;
    return this.#lives.get(channel)?.get(position.epoch)?.places.get(position.seq);
  }

  *all(): Generator<Place> {
    for (const lives of this.#lives.values()) for (const { places } of lives.values()) yield* places.values();
  }

  /** Whether retention may have taken the message at `seq` by the time `at`, when the head was `head`. */
  mayBeGone(
    { channel, epoch, seq, message }: Pick<Place, "channel" | "epoch" | "seq"> & { message: { at: number } },
    head: number,
    at: number,
  ): boolean {
    if (this.#retention === null) return false;
    const { messages, age, bytes } = this.#retention;
    if (head - seq >= messages || message.at < at - age) return true;
    const sum = bytes >= LIMITLESS ? 0 : this.#life(channel, epoch).bytesBetween(seq, head);
    return sum === null || sum > bytes || head === Number.POSITIVE_INFINITY;
  }

  /** The head was not above this at the time `at`; infinite if nobody knows. `log`: how the channel ended. */
  headBefore(channel: string, epoch: string, at: number, log: { epoch: string; head: number } | undefined): number {
    const later = this.#life(channel, epoch).firstAfter(at);
    return later === null ? (log?.epoch === epoch ? log.head : Number.POSITIVE_INFINITY) : later - 1;
  }

  /** Times must not go back from one place to the next. */
  finish(): void {
    for (const place of this.all()) {
      const next = this.#life(place.channel, place.epoch).places.get(place.seq + 1);
      if (next !== undefined && next.message.at < place.message.at)
        this.#findings.add("I1", `the time goes back at ${next.epoch}-${next.seq}`, place.event, next.event);
    }
  }

  #life(channel: string, epoch: string): Life {
    const lives = this.#lives.get(channel) ?? new Map<string, Life>();
    this.#lives.set(channel, lives);
    const life = lives.get(epoch) ?? new Life();
    lives.set(epoch, life);
    return life;
  }
}

function messageIn(text: string): Message | null {
  try {
    const message = JSON.parse(text) as Message;
    return Number.isSafeInteger(message.seq) && typeof message.user === "string" ? message : null;
  } catch {
    return null;
  }
}

/** The value, whatever the order of keys and the way to write it. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
