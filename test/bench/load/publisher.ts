/** One publisher: what it has sent, when, and what of it is still in flight. */
import { clientFrameLength, writeClientFrame } from "./client-frame.ts";
import { Opcode } from "./frame-scanner.ts";
import { CountedText } from "./marker.ts";

/** Far above any window, so that a time is not written over while its message is on the way. A power of two. */
const REMEMBERED = 1 << 16;

/** Where a publisher's frames go. */
interface Writable {
  write(bytes: Uint8Array): void;
}

export class Publisher {
  readonly #connection: Writable;
  readonly #text: CountedText;
  readonly #sentAt = new Float64Array(REMEMBERED);
  /** 1 while a publish has not been acknowledged. */
  readonly #inFlight = new Uint8Array(REMEMBERED);
  published = 0;
  inFlight = 0;

  /** @param text the publish of message 0 of the publisher numbered `number` */
  constructor(number: number, text: string, connection: Writable) {
    this.#connection = connection;
    this.#text = new CountedText(number, text);
  }

  /** Publishes `times` messages in one write to the socket, each in a frame of its own. */
  publish(times: number): void {
    const frames = Buffer.allocUnsafe(times * clientFrameLength(this.#text.bytes.length));
    const now = performance.now();
    let at = 0;
    for (let i = 0; i < times; i++) {
      const slot = this.published % REMEMBERED;
      this.#sentAt[slot] = now;
      this.#inFlight[slot] = 1;
      this.#text.setCount(this.published++);
      at = writeClientFrame(frames, at, Opcode.text, this.#text.bytes);
    }
    this.inFlight += times;
    this.#connection.write(frames);
  }

  sentAt(count: number): number {
    return this.#sentAt[count % REMEMBERED] as number;
  }

  /** @returns false if that message is not in flight: acknowledged twice, or never published */
  acknowledge(count: number): boolean {
    const slot = count % REMEMBERED;
    if (this.#inFlight[slot] === 0) return false;
    this.#inFlight[slot] = 0;
    this.inFlight--;
    return true;
  }
}
