/** Listens to all bytes that reach a client, below whatever it makes of them, for the texts of rooms: S1. */
import { CANARY } from "../history.ts";
import type { Recorder } from "../recorder.ts";

/** Characters of the longest text, less one: so much of one piece may belong to the next. */
const CARRIED = "canary-".length + 12 - 1;
/** ms in which a text that came again is not written down again. */
const SPACING = 200;

export class Ear {
  /** Texts that came. */
  heard = 0;
  readonly #user: string;
  readonly #recorder: Recorder;
  readonly #ends = new Map<number, string>();
  readonly #noted = new Map<string, number>();

  constructor(user: string, recorder: Recorder) {
    this.#user = user;
    this.#recorder = recorder;
  }

  /** @param connection each is a text of its own */
  hear(bytes: Buffer, connection: number): void {
    const text = (this.#ends.get(connection) ?? "") + bytes.toString("latin1");
    let end = Math.max(0, text.length - CARRIED);
    for (const { 0: canary, index } of text.matchAll(CANARY)) {
      end = Math.max(end, index + canary.length);
      this.heard++;
      const now = performance.now();
      if (now - (this.#noted.get(canary) ?? Number.NEGATIVE_INFINITY) < SPACING) continue;
      this.#noted.set(canary, now);
      this.#recorder.note({ type: "raw", user: this.#user, text: canary });
    }
    this.#ends.set(connection, text.slice(end));
  }
}
