import { connect, type Socket } from "node:net";
import { expect } from "vitest";
import { channelUrl } from "../../support/client.ts";
import { apiKey } from "../../support/secrets.ts";
import { CUT, frame, GOES_ON, NO_CODE, type SocketCase } from "../sockets.ts";
import { faultsOf, INSIDES, type Target } from "./target.ts";

const TEXT = 0x1;
const CLOSE = 0x8;
/** ms for an end that should come at once. */
const PATIENCE = 10_000;

/** Each ends as it should, or is taken; who sits beside it in the room notices nothing. */
export async function trySockets({ service, room }: Target, cases: readonly SocketCase[]): Promise<string[]> {
  const beside = await service.joinAs("beside", room);
  let user = 0;
  const faults = await faultsOf(cases, async ({ sent, ends }) => {
    // Another for each: who is cut off counts among the twenty of a user until that is noticed.
    const query = { user: `m${++user}`, member: 0 };
    const line = new Line(channelUrl(service.origin(), `room:${room}`, "connect", query));
    await line.until("a welcome", () => line.texts.length > 0);
    for (const bytes of sent) line.write(bytes);
    const isAnswered = () => line.texts.some((text) => text.includes('"ref":"after"'));
    if (ends.includes(GOES_ON)) line.write(frame(TEXT, '{"type":"members","limit":0,"ref":"after"}'));
    await line.until("answered, nor ended", () => line.ended !== undefined || isAnswered());
    expect(ends).toContain(line.ended ?? GOES_ON);
    line.close();
    expect(line.texts.join("\n")).not.toMatch(INSIDES);
  });
  expect(await beside.request({ type: "members", limit: 0 })).toMatchObject({ type: "ack" });
  await beside.close();
  return faults;
}

/** A WebSocket as bytes: it sends what it is told and reads what comes. */
class Line {
  readonly texts: string[] = [];
  /** The code of the Close that came, or 1006 if the connection just ended. */
  ended: number | undefined;
  readonly #socket: Socket;
  #rest = Buffer.alloc(0);
  #isOpen = false;
  #look = () => {};

  constructor(url: string) {
    const { hostname, port, host, pathname, search } = new URL(url);
    this.#socket = connect({ host: hostname, port: Number(port) });
    const lines = [
      `GET ${pathname}${search} HTTP/1.1`,
      `Host: ${host}`,
      `Authorization: Bearer ${apiKey}`,
      ...["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"],
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ];
    this.write(`${lines.join("\r\n")}\r\n\r\n`);
    this.#socket.on("data", (bytes) => {
      this.#rest = Buffer.concat([this.#rest, bytes]);
      this.#read();
      this.#look();
    });
    this.#socket.on("error", () => {}); // what is wrong shows in the end
    this.#socket.on("close", () => {
      this.ended ??= CUT;
      this.#look();
    });
  }

  write(bytes: Uint8Array | string): void {
    this.#socket.write(bytes);
  }

  close(): void {
    this.#socket.destroy();
  }

  async until(what: string, condition: () => boolean): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const late = () => reject(new Error(`not ${what}: ${this.ended ?? "open"} ${this.texts.slice(1)}`));
    const timer = setTimeout(late, PATIENCE);
    this.#look = () => {
      if (condition()) resolve();
      else if (this.ended !== undefined) late();
    };
    this.#look();
    await promise.finally(() => clearTimeout(timer));
  }

  #read(): void {
    if (!this.#isOpen) {
      const end = this.#rest.indexOf("\r\n\r\n");
      if (end < 0) return;
      const status = this.#rest.subarray(9, 12).toString();
      if (status !== "101") throw new Error(`not let in: ${this.#rest}`);
      this.#isOpen = true;
      this.#rest = this.#rest.subarray(end + 4);
    }
    for (let next = this.#next(); next !== null; next = this.#next()) {
      if (next.opcode === TEXT) this.texts.push(next.payload.toString());
      if (next.opcode !== CLOSE) continue;
      this.ended ??= next.payload.length < 2 ? NO_CODE : next.payload.readUInt16BE(0);
      this.#socket.end();
    }
  }

  /** The next whole frame that came; what a server sends has no mask. */
  #next(): { opcode: number; payload: Buffer } | null {
    const rest = this.#rest;
    const short = (rest[1] ?? 0) & 127;
    const start = short < 126 ? 2 : short === 126 ? 4 : 10;
    if (rest.length < start) return null;
    const length = start === 2 ? short : start === 4 ? rest.readUInt16BE(2) : Number(rest.readBigUInt64BE(2));
    if (rest.length < start + length) return null;
    this.#rest = rest.subarray(start + length);
    return { opcode: (rest[0] as number) & 15, payload: rest.subarray(start, start + length) };
  }
}
