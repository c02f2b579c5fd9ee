/**
 * One HTTP/1.1 connection that is kept open, on a raw `net` socket: a request, its whole answer, the next request.
 * Answers are taken apart by their length or chunks (RFC 9112 section 6); nothing else of HTTP is needed here.
 */
import net from "node:net";

const HOST = "127.0.0.1";
const END_OF_HEAD = "\r\n\r\n";

export interface Answer {
  status: number;
  body: Buffer;
}

export class HttpConnection {
  readonly #socket: net.Socket;
  readonly #port: number;
  #received: Buffer = Buffer.alloc(0);
  #settle: { resolve: (answer: Answer) => void; reject: (error: Error) => void } | null = null;

  constructor(port: number) {
    this.#port = port;
    this.#socket = net.connect({ host: HOST, port, noDelay: true });
    this.#socket.on("data", (data) => this.#take(data));
    this.#socket.on("error", (error) => this.#fail(error));
    this.#socket.on("close", () => this.#fail(new Error("the server closed the connection")));
  }

  /** @param head the request line and the fields, without Host and Content-Length */
  request(head: readonly string[], body?: string): Promise<Answer> {
    const length = body === undefined ? [] : [`Content-Length: ${Buffer.byteLength(body)}`];
    const lines = [head[0], `Host: ${HOST}:${this.#port}`, ...length, ...head.slice(1)];
    this.#socket.write(`${lines.join("\r\n")}${END_OF_HEAD}${body ?? ""}`);
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
  }

  close(): void {
    this.#settle = null;
    this.#socket.destroy();
  }

  #take(data: Buffer): void {
    this.#received = this.#received.length === 0 ? data : Buffer.concat([this.#received, data]);
    const answer = readAnswer(this.#received);
    if (answer === null) return;
    this.#received = Buffer.alloc(0); // one request at a time: nothing can follow
    const { resolve } = this.#settle ?? {};
    this.#settle = null;
    resolve?.(answer);
  }

  #fail(error: Error): void {
    this.#settle?.reject(error);
    this.#settle = null;
  }
}

/** The answer in `bytes`; null if its end has not come yet. */
export function readAnswer(bytes: Buffer): Answer | null {
  const end = bytes.indexOf(END_OF_HEAD);
  if (end === -1) return null;
  const head = bytes.toString("latin1", 0, end);
  const status = Number(head.slice(9, 12));
  const rest = bytes.subarray(end + END_OF_HEAD.length);
  const length = /^content-length: *(\d+)/im.exec(head)?.[1];
  if (length !== undefined) return rest.length < Number(length) ? null : { status, body: rest };
  if (/^transfer-encoding: *chunked/im.test(head)) {
    const body = unchunk(rest);
    return body && { status, body };
  }
  return { status, body: Buffer.alloc(0) };
}

function unchunk(bytes: Buffer): Buffer | null {
  const parts: Buffer[] = [];
  for (let at = 0; ; ) {
    const line = bytes.indexOf("\r\n", at);
    if (line === -1) return null;
    const size = Number.parseInt(bytes.toString("latin1", at, line), 16);
    const start = line + 2;
    if (start + size + 2 > bytes.length) return null;
    if (size === 0) return Buffer.concat(parts);
    parts.push(bytes.subarray(start, start + size));
    at = start + size + 2;
  }
}
