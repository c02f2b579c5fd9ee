import { connect } from "node:net";
import { type Answer, parsed } from "./http.ts";

export interface RawRequest {
  method: string;
  /** Sent letter for letter: no normalising of dots, percent codes or spaces. */
  path: string;
  /** Header lines as they are, doubled ones too. Host and Connection: close are added. */
  headers?: string[];
  /** Pieces of the body, sent one after the other; Content-Length or Transfer-Encoding is the caller's. */
  body?: (string | Uint8Array)[];
  /** Milliseconds of silence after which to give up. Default 15,000. */
  timeout?: number;
}

/** One HTTP/1.1 request over a plain socket, for what fetch will not send. */
export function rawCall(origin: string, request: RawRequest): Promise<Answer> {
  const { hostname, port, host } = new URL(origin);
  const lines = [`${request.method} ${request.path} HTTP/1.1`, `Host: ${host}`, "Connection: close"];
  const head = `${[...lines, ...(request.headers ?? [])].join("\r\n")}\r\n\r\n`;
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port) });
    const received: Buffer[] = [];
    const settle = () => {
      const answer = readAnswer(Buffer.concat(received));
      if (answer === undefined) reject(new Error(`no HTTP answer to ${request.method} ${request.path.slice(0, 100)}`));
      else resolve(answer);
      socket.destroy();
    };
    socket.setTimeout(request.timeout ?? 15_000, settle);
    // A server that refuses early may reset the connection while the body is still on its way: what came counts.
    socket.once("error", settle);
    socket.once("end", settle);
    socket.on("data", (chunk) => {
      received.push(chunk);
      if (isComplete(Buffer.concat(received))) settle();
    });
    socket.write(head);
    for (const piece of request.body ?? []) socket.write(piece);
  });
}

const endOfHead = "\r\n\r\n";

function isComplete(bytes: Buffer): boolean {
  const end = bytes.indexOf(endOfHead);
  if (end < 0) return false;
  const length = /^content-length: *(\d+)/im.exec(bytes.subarray(0, end).toString("latin1"))?.[1];
  return length !== undefined && bytes.length >= end + endOfHead.length + Number(length);
}

function readAnswer(bytes: Buffer): Answer | undefined {
  const end = bytes.indexOf(endOfHead);
  const [statusLine, ...lines] = bytes.subarray(0, Math.max(end, 0)).toString("latin1").split("\r\n");
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(statusLine ?? "")?.[1]);
  if (end < 0 || Number.isNaN(status)) return undefined;
  const headers = new Headers();
  for (const line of lines) {
    const colon = line.indexOf(":");
    headers.append(line.slice(0, colon).trim(), line.slice(colon + 1).trim());
  }
  const body = bytes.subarray(end + endOfHead.length);
  const text = (headers.get("transfer-encoding") === "chunked" ? joinChunks(body) : body).toString();
  return { status, headers, text, body: parsed(text) as Record<string, unknown> };
}

function joinChunks(bytes: Buffer): Buffer {
  const chunks: Buffer[] = [];
  for (let at = 0; ; ) {
    const lineEnd = bytes.indexOf("\r\n", at);
    const size = lineEnd < 0 ? 0 : Number.parseInt(bytes.subarray(at, lineEnd).toString("latin1"), 16);
    if (!(size > 0)) return Buffer.concat(chunks);
    chunks.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 2 + size + 2;
  }
}
