/** One publisher: what it has sent, when, and what of it is still in flight. */
import { clientFrameLength, writeClientFrame } from "./client-frame.ts";
import { Opcode } from "./frame-scanner.ts";
import { CountedText } from "./marker.ts";

/** Messages that all publishers together remember: many of them have few in flight each. */
const REMEMBERED = 1 << 22;
const MOST_REMEMBERED = 1 << 16;
const LEAST_REMEMBERED = 1 << 8;

/**
 * How many messages each of so many publishers has to remember: far above any window, so that a time is not written over
 * while its message is on the way.
 */
export function rememberedBy(publishers: number, window: number): number {
  const share = Math.min(MOST_REMEMBERED, REMEMBERED / publishers);
  return Math.ceil(Math.max(share, LEAST_REMEMBERED, 4 * window));
}

/** Where a publisher's frames go. */
interface Writable {
  write(bytes: Uint8Array): void;
}

export class Publisher {
  readonly #connection: Writable;
  readonly #text: CountedText;
  readonly #remembered: number;
  readonly #sentAt: Float64Array;
  /** 1 while a publish has not been acknowledged. */
  readonly #inFlight: Uint8Array;
  published = 0;
  inFlight = 0;

  /**
   * @param text the publish of message 0 of the publisher numbered `number`
   * @param remembered messages, from `rememberedBy`
   */
  constructor(number: number, text: string, connection: Writable, remembered: number) {
    this.#remembered = remembered;
    this.#sentAt = new Float64Array(remembered);
    this.#inFlight = new Uint8Array(remembered);
    this.#connection = connection;
    this.#text = new CountedText(number, text);
  }

  /** Publishes `times` messages in one write to the socket, each in a frame of its own. */
  publish(times: number): void {
    const frames = Buffer.allocUnsafe(times * clientFrameLength(this.#text.bytes.length));
    const now = performance.now();
    let at = 0;
    for (let i = 0; i < times; i++) {
      const slot = this.published % this.#remembered;
      this.#sentAt[slot] = now;
      this.#inFlight[slot] = 1;
      this.#text.setCount(this.published++);
      at = writeClientFrame(frames, at, Opcode.text, this.#text.bytes);
    }
    this.inFlight += times;
    this.#connection.write(frames);
  }

  sentAt(count: number): number {
    return this.#sentAt[count % this.#remembered] as number;
  }

  /** @returns false if that message is not in flight: acknowledged twice, or never published */
  acknowledge(count: number): boolean {
    const slot = count % this.#remembered;
    if (this.#inFlight[slot] === 0) return false;
    this.#inFlight[slot] = 0;
    this.inFlight--;
    return true;
  }
}
