/**
 * Reads RFC 6455 frames from a server out of whatever chunks a socket gives (section 5.2), without copying or making
 * strings: a whole message is handed on as a range of bytes that is valid only during the call. Bytes are copied only
 * when a frame is cut by the end of a chunk or a message is cut into fragments.
 */
export const Opcode = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export interface FrameSink {
  /** A whole text or binary message: `bytes[start, end)`. */
  message(bytes: Uint8Array, start: number, end: number): void;
  /** A close, ping or pong frame. */
  control(opcode: number, bytes: Uint8Array, start: number, end: number): void;
}

const FIN = 0x80;
const RESERVED = 0x70;
const MASKED = 0x80;

export class FrameScanner {
  readonly #sink: FrameSink;
  /** The start of a frame whose end has not come yet. */
  #partial = new Uint8Array(1024);
  #partialLength = 0;
  /** Fragments of a message whose last one has not come yet; null outside such a message. */
  #fragments: Uint8Array[] | null = null;
  /** Frames seen, for "messages per frame". */
  frames = 0;

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  /** @throws Error if the bytes break the protocol (a masked frame, a reserved bit: compression nobody agreed on). */
  push(chunk: Uint8Array, length: number = chunk.length): void {
    if (this.#partialLength === 0) {
      this.#keep(chunk, this.#scan(chunk, length), length);
      return;
    }
    const total = this.#partialLength + length;
    this.#reserve(total);
    this.#partial.set(chunk.subarray(0, length), this.#partialLength);
    this.#partialLength = total;
    const used = this.#scan(this.#partial, total);
    this.#partial.copyWithin(0, used, total);
    this.#partialLength = total - used;
  }

  #keep(chunk: Uint8Array, from: number, to: number): void {
    if (from === to) return;
    this.#reserve(to - from);
    this.#partial.set(chunk.subarray(from, to), 0);
    this.#partialLength = to - from;
  }

  #reserve(length: number): void {
    if (length <= this.#partial.length) return;
    const larger = new Uint8Array(length * 2);
    larger.set(this.#partial.subarray(0, this.#partialLength));
    this.#partial = larger;
  }

  /** Handles every whole frame in `bytes[0, length)`; returns how many bytes those were. */
  #scan(bytes: Uint8Array, length: number): number {
    let at = 0;
    while (at + 2 <= length) {
      const first = bytes[at] as number;
      const second = bytes[at + 1] as number;
      if ((first & RESERVED) !== 0)
        throw new Error("reserved bits set: the server compresses though it did not agree to");
      if ((second & MASKED) !== 0) throw new Error("the server masked a frame");
      let payload = at + 2;
      let size = second;
      if (size === 126) {
        payload += 2;
        if (payload > length) break;
        size = bigEndian(bytes, at + 2, 2);
      } else if (size === 127) {
        payload += 8;
        if (payload > length) break;
        size = bigEndian(bytes, at + 2, 8);
      }
      if (payload + size > length) break;
      at = payload + size;
      this.frames++;
      this.#frame(first, bytes, payload, at);
    }
    return at;
  }

  #frame(first: number, bytes: Uint8Array, start: number, end: number): void {
    const opcode = first & 0x0f;
    if (opcode >= Opcode.close) {
      this.#sink.control(opcode, bytes, start, end);
      return;
    }
    const final = (first & FIN) !== 0;
    if ((opcode === Opcode.continuation) !== (this.#fragments !== null)) throw new Error("fragments out of order");
    if (final && this.#fragments === null) {
      this.#sink.message(bytes, start, end);
      return;
    }
    this.#fragments ??= [];
    this.#fragments.push(bytes.slice(start, end));
    if (!final) return;
    const whole = Buffer.concat(this.#fragments);
    this.#fragments = null;
    this.#sink.message(whole, 0, whole.length);
  }
}

function bigEndian(bytes: Uint8Array, at: number, count: number): number {
  let value = 0;
  for (let i = at; i < at + count; i++) value = value * 256 + (bytes[i] as number);
  return value;
}
