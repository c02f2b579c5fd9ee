/**
 * One WebSocket on a raw `net` socket. All sockets read into one shared buffer (`onread`): no allocation for each read,
 * and the buffer stays in the cache. What is in it is dealt with before the next socket is read.
 */
import net from "node:net";
import { closeFrame } from "./client-frame.ts";
import { FrameScanner, Opcode } from "./frame-scanner.ts";
import { handshake } from "./handshake.ts";

const sharedReadBuffer = new Uint8Array(256 * 1024);
const END_OF_HEAD = "\r\n\r\n";

export interface ConnectionOptions {
  port: number;
  path: string;
  headers: readonly string[];
  offersDeflate: boolean;
  /** A whole message, `bytes[start, end)`, valid during the call. */
  onMessage(bytes: Uint8Array, start: number, end: number): void;
  /** Called once, when the connection broke or broke the protocol, unless it was closed from here. */
  onFailure(reason: string): void;
}

const HOST = "127.0.0.1";

export class Connection {
  readonly #socket: net.Socket;
  readonly #scanner: FrameScanner;
  readonly #options: ConnectionOptions;
  #head: string | null = "";
  #closing = false;
  bytesRead = 0;
  /** Resolves when the handshake is done. */
  readonly opened: Promise<void>;
  readonly closed: Promise<void>;
  #resolveOpened: () => void = () => {};

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#scanner = new FrameScanner({
      message: options.onMessage,
      control: (opcode, bytes, start, end) => {
        if (opcode === Opcode.close) this.#fail(`the server closed: ${describeClose(bytes.slice(start, end))}`);
      },
    });
    const { request, check } = handshake({ ...options, host: `${HOST}:${options.port}` });
    const onread = {
      buffer: sharedReadBuffer,
      callback: (length: number): boolean => {
        this.#guard(() => this.#read(length, check));
        return true;
      },
    };
    this.#socket = net.connect({ host: HOST, port: options.port, noDelay: true, onread });
    this.opened = new Promise((resolve) => {
      this.#resolveOpened = resolve;
    });
    this.closed = new Promise((resolve) => this.#socket.once("close", () => resolve()));
    this.#socket.on("error", (error) => this.#fail(error.message));
    this.#socket.on("close", () => this.#fail("the server closed the connection"));
    this.#socket.write(request);
  }

  get frames(): number {
    return this.#scanner.frames;
  }

  write(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** Says goodbye (1000), ends, and waits for the server to do so, but not for long. */
  async close(patienceMs: number): Promise<void> {
    this.#closing = true;
    this.#socket.end(closeFrame());
    const timer = setTimeout(() => this.#socket.destroy(), patienceMs);
    await this.closed;
    clearTimeout(timer);
  }

  #read(length: number, check: (head: string) => void): void {
    this.bytesRead += length;
    if (this.#head === null) {
      this.#scanner.push(sharedReadBuffer, length);
      return;
    }
    // latin1 keeps a byte a character, so that what follows the head can be told apart by its position.
    this.#head += Buffer.from(sharedReadBuffer.buffer, 0, length).toString("latin1");
    const end = this.#head.indexOf(END_OF_HEAD);
    if (end === -1) return;
    check(this.#head.slice(0, end));
    const rest = Buffer.from(this.#head.slice(end + END_OF_HEAD.length), "latin1");
    this.#head = null;
    this.#resolveOpened();
    if (rest.length > 0) this.#scanner.push(rest);
  }

  /** A broken protocol ends the run with a reason, not the process with a stack trace. */
  #guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#fail(error instanceof Error ? error.message : String(error));
      this.#socket.destroy();
    }
  }

  #fail(reason: string): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#options.onFailure(reason);
  }
}

function describeClose(payload: Uint8Array): string {
  if (payload.length < 2) return "no code";
  const bytes = Buffer.from(payload);
  return `${bytes.readUInt16BE(0)} ${bytes.toString("utf8", 2)}`;
}
