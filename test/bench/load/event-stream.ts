/**
 * One reader of Server-Sent Events on a raw `net` socket: the counterpart of `connection.ts`. Takes the chunks of HTTP
 * apart (RFC 9112 section 7.1) and hands on whole events as a range of bytes that is valid only during the call.
 */
import net from "node:net";

const sharedReadBuffer = new Uint8Array(256 * 1024);
const END_OF_HEAD = "\r\n\r\n";
const LF = 0x0a;
const HOST = "127.0.0.1";

export interface EventStreamOptions {
  port: number;
  path: string;
  headers: readonly string[];
  /** Whole events, `bytes[start, end)`, valid during the call. */
  onEvents(bytes: Uint8Array, start: number, end: number): void;
  /** Called once, when the stream broke or broke the protocol, unless it was closed from here. */
  onFailure(reason: string): void;
}

export class EventStream {
  readonly #socket: net.Socket;
  readonly #options: EventStreamOptions;
  #head: string | null = "";
  #closing = false;
  /** Of the chunk that is being read; negative: its size is still to come. */
  #chunkLeft = -1;
  #sizeText = "";
  /** Events whose end has not come yet. */
  #partial = new Uint8Array(64 * 1024);
  #partialLength = 0;
  bytesRead = 0;
  /** Chunks seen: what a frame is to a WebSocket. */
  frames = 0;
  readonly closed: Promise<void>;

  constructor(options: EventStreamOptions) {
    this.#options = options;
    const onread = {
      buffer: sharedReadBuffer,
      callback: (length: number): boolean => {
        try {
          this.#read(length);
        } catch (error) {
          this.#fail(error instanceof Error ? error.message : String(error));
          this.#socket.destroy();
        }
        return true;
      },
    };
    this.#socket = net.connect({ host: HOST, port: options.port, noDelay: true, onread });
    this.closed = new Promise((resolve) => this.#socket.once("close", () => resolve()));
    this.#socket.on("error", (error) => this.#fail(error.message));
    this.#socket.on("close", () => this.#fail("the server closed the stream"));
    const lines = [`GET ${options.path} HTTP/1.1`, `Host: ${HOST}:${options.port}`, ...options.headers];
    this.#socket.write(`${lines.join("\r\n")}\r\n\r\n`);
  }

  write(): void {
    throw new Error("nothing can be published over an event stream");
  }

  close(): Promise<void> {
    this.#closing = true;
    this.#socket.destroy();
    return this.closed;
  }

  #read(length: number): void {
    this.bytesRead += length;
    if (this.#head === null) return this.#unchunk(sharedReadBuffer, 0, length);
    this.#head += Buffer.from(sharedReadBuffer.buffer, 0, length).toString("latin1");
    const end = this.#head.indexOf(END_OF_HEAD);
    if (end === -1) return;
    const head = this.#head.slice(0, end).toLowerCase();
    if (!head.startsWith("http/1.1 200")) throw new Error(`the stream was answered ${JSON.stringify(head)}`);
    if (!head.includes("transfer-encoding: chunked")) throw new Error("the stream is not chunked");
    const rest = Buffer.from(this.#head.slice(end + END_OF_HEAD.length), "latin1");
    this.#head = null;
    this.#unchunk(rest, 0, rest.length);
  }

  #unchunk(bytes: Uint8Array, from: number, to: number): void {
    let at = from;
    while (at < to) {
      if (this.#chunkLeft < 0) {
        const byte = bytes[at++] as number;
        if (byte !== LF) this.#sizeText += String.fromCharCode(byte);
        else if (this.#sizeText.trim() !== "") {
          this.#chunkLeft = Number.parseInt(this.#sizeText, 16);
          if (!(this.#chunkLeft >= 0)) throw new Error(`not a chunk's size: ${this.#sizeText}`);
          if (this.#chunkLeft === 0) throw new Error("the server ended the stream");
          this.#sizeText = "";
          this.frames++;
        }
        continue;
      }
      const end = Math.min(to, at + this.#chunkLeft);
      this.#take(bytes.subarray(at, end));
      this.#chunkLeft -= end - at;
      at = end;
      if (this.#chunkLeft === 0) this.#chunkLeft = -1;
    }
  }

  /** Hands on what is whole: an event ends with an empty line. */
  #take(bytes: Uint8Array): void {
    if (this.#partialLength === 0) {
      const whole = endOfWhole(bytes, bytes.length, 0);
      if (whole > 0) this.#options.onEvents(bytes, 0, whole);
      if (whole < bytes.length) this.#keep(bytes.subarray(whole));
      return;
    }
    const before = this.#partialLength;
    this.#keep(bytes);
    const length = this.#partialLength;
    const whole = endOfWhole(this.#partial, length, before - 1);
    if (whole === 0) return;
    this.#options.onEvents(this.#partial, 0, whole);
    this.#partial.copyWithin(0, whole, length);
    this.#partialLength = length - whole;
  }

  #keep(bytes: Uint8Array): void {
    const length = this.#partialLength + bytes.length;
    if (length > this.#partial.length) {
      const larger = new Uint8Array(length * 2);
      larger.set(this.#partial.subarray(0, this.#partialLength));
      this.#partial = larger;
    }
    this.#partial.set(bytes, this.#partialLength);
    this.#partialLength = length;
  }

  #fail(reason: string): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#options.onFailure(reason);
  }
}

/** Where the last empty line in `bytes[0, length)` ends, if it ends after `from`; else 0. */
function endOfWhole(bytes: Uint8Array, length: number, from: number): number {
  for (let end = length; end > from + 1; end--) if (bytes[end - 1] === LF && bytes[end - 2] === LF) return end;
  return 0;
}
