/**
 * What comes to a relay down its link: every item once, in order, and of messages what follows on what is here. (SPEC RELAY-2)
 */
import type { Entry } from "../../core/batch.ts";
import { fitAt, type Place } from "../../core/place.ts";
import type { Relayed } from "../../core/relayed.ts";
import type { Cursor } from "../../protocol/cursor.ts";
import type { LinkItem } from "../links/calls.ts";
import { entriesOf } from "./entry.ts";

export interface FeedParts {
  readonly relayed: Relayed;
  /** The connection that does not want that message back, which it has published. */
  unwantedBy(message: Entry): Entry["origin"];
  /** Something before it is missing, or there is more: the next page has to be asked for. */
  behind(): void;
  /** What is here cannot be continued: retention, or a log restored from a backup, has left a hole. */
  broken(now: number): void;
}

type FrameItem = Extract<LinkItem, { kind: "frame" }>;

/** One subscription to the room. */
export class Feed {
  readonly subscription: string;
  readonly #parts: FeedParts;
  /** Of the room's memory, and of its items the last that was taken; null: this object has slept since. */
  #life: number | null;
  #items = 0;
  #isTrusted = false;
  /** Messages that are taken and not written yet. */
  #taken: Entry[] = [];

  /** @param isNew false: it is taken up after a sleep */
  constructor(subscription: string, isNew: boolean, parts: FeedParts) {
    this.subscription = subscription;
    this.#parts = parts;
    this.#life = isNew ? 0 : null;
  }

  /** Whether both ends have kept their memory since something has followed on: then what is missing is on the way. */
  get isTrusted(): boolean {
    return this.#isTrusted;
  }

  /** Whether a batch of that life is too late. */
  isPast(life: number): number | null {
    return this.#life !== null && life < this.#life ? this.#life : null;
  }

  /** Whether the `number`th item of that life is the next. `lost`: one before it has not come. */
  take(life: number, number: number): "take" | "drop" | "lost" {
    if (this.#life === null) this.#items = number - 1;
    const last = this.#life === null || life === this.#life ? this.#items : 0;
    if (life !== this.#life) this.#isTrusted = false;
    this.#life = life;
    if (number <= last) return "drop";
    this.#items = number;
    return number === last + 1 ? "take" : "lost";
  }

  frame({ text, place }: FrameItem, now: number): void {
    if (place !== null) this.#placed(text, place, now);
    else if (text.startsWith('{"type":"signals"')) {
      this.write(now); // in the order in which they came
      this.#parts.relayed.signals(text);
    }
  }

  /** Writes what was taken, and tells it. */
  write(now: number): void {
    const taken = this.#taken;
    this.#taken = [];
    this.#parts.relayed.append(taken, now);
  }

  #placed(text: string, place: Place, now: number): void {
    const { relayed, behind, broken } = this.#parts;
    const at = this.#at;
    if (place.previous === null) return; // the welcome: it stands where it said
    const fit = fitAt(at, place, this.#isTrusted);
    if (fit === "old") return;
    if (fit === "behind") return behind();
    this.#isTrusted = true;
    if (text.startsWith('{"type":"gap"')) {
      this.write(now);
      if (place.epoch !== at.epoch && place.to === 0) relayed.clear(place.epoch, now);
      else broken(now);
      return;
    }
    const entries = text === "" ? [] : entriesOf(text);
    const isWhole = place.epoch === at.epoch && at.seq + entries.length === place.to;
    if (!isWhole || entries.some(({ seq }, index) => seq !== at.seq + 1 + index)) return broken(now);
    for (const entry of entries) this.#taken.push({ ...entry, origin: this.#parts.unwantedBy(entry) });
  }

  /** Where it stands with what was taken. */
  get #at(): Cursor {
    const last = this.#taken.at(-1);
    const { at } = this.#parts.relayed;
    return last === undefined ? at : { epoch: at.epoch, seq: last.seq };
  }
}
