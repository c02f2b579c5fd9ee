import { expect, test } from "vitest";
import WebSocket from "ws";
import { type EventBlock, eventBlocks } from "../support/event-blocks.ts";
import { call } from "../support/http.ts";
import { apiKey, tokenFor, uniqueRoom } from "../support/service.ts";
import { useSharedService } from "../support/shared-service.ts";
import { type Part, specSession, Telling } from "../support/spec-session.ts";
import { until } from "../support/until.ts";

const service = useSharedService();

test("TRANSPORT-1 CONNECT-4 SSE-2 MSG-5 RESUME-2 the session in SPEC.md is what happens", async () => {
  const session = specSession();
  expect(session.length).toBeGreaterThan(8);
  const play = new Play(uniqueRoom("spec"));
  try {
    for (const part of session) await play.part(part);
    expect(play.unread()).toEqual([]);
  } finally {
    play.end();
  }
});

/** Plays one part after the other, in a room of its own. */
class Play {
  readonly #room: string;
  readonly #told = new Telling();
  readonly #seen = new Telling();
  #socket: Socket | null = null;
  #stream: EventStream | null = null;

  constructor(room: string) {
    this.#room = room;
  }

  part(part: Part): Promise<void> {
    return { ws: () => this.#ws(part), sse: () => this.#sse(part), http: () => this.#http(part) }[part.transport]();
  }

  /** What came, and the SPEC does not show. */
  unread(): unknown[] {
    return [...(this.#socket?.texts ?? []), ...(this.#stream?.blocks ?? [])];
  }

  end(): void {
    this.#socket?.terminate();
    this.#stream?.cancel();
  }

  async #ws({ who, lines }: Part): Promise<void> {
    for (const { from, text } of lines) {
      const target = /^GET (.*)$/.exec(text)?.[1];
      if (target !== undefined) this.#socket = new Socket(this.#url(target).replace("http", "ws"), tokenOf(who));
      else if (text === "(breaks off)") this.#socket?.terminate();
      else if (from === "client") this.#socket?.send(text);
      else this.#compare(text, (await this.#socket?.next()) ?? null);
    }
  }

  async #sse({ who, lines }: Part): Promise<void> {
    const target = lines.find(({ from }) => from === "client")?.text.replace("GET ", "");
    if (target !== undefined) {
      this.#stream = new EventStream();
      await this.#stream.open(this.#url(target), tokenOf(who));
    }
    const told = lines.filter(({ from }) => from === "service").map(({ text }) => `${text}\n`);
    for (const expected of eventBlocks(told.join(""))) {
      const { name, id, data, retry } = await (this.#stream as EventStream).next();
      expect({ name, retry: typeof retry }).toEqual({ name: expected.name, retry: typeof expected.retry });
      this.#compare(expected.id, id);
      this.#compare(expected.data, data);
    }
  }

  async #http({ who, lines }: Part): Promise<void> {
    const [request = "", ...sent] = lines.filter(({ from }) => from === "client").map(({ text }) => text);
    const [status, ...shown] = lines.filter(({ from }) => from === "service").map(({ text }) => text);
    const [method = "", target = ""] = request.split(" ");
    const body = sent.length > 0 ? { body: sent.join("") } : {};
    const answer = await call(method, this.#url(target), { token: tokenOf(who), ...body });
    expect(answer.status, answer.text).toBe(Number(status));
    this.#compare(shown.join("") || null, answer.text || null);
  }

  /** The target with this session's room and epochs. */
  #url(target: string): string {
    const ours = target.replace("/rooms/lobby/", `/rooms/${this.#room}/`);
    return (
      service.origin() +
      this.#told.epochs.reduce((url, epoch, n) => url.replace(epoch, this.#seen.epochs[n] ?? ""), ours)
    );
  }

  #compare(told: string | null, seen: string | null): void {
    const ours = seen?.replaceAll(`room:${this.#room}`, "room:lobby") ?? null;
    expect(this.#seen.timeless(ours), ours ?? "").toBe(this.#told.timeless(told));
  }
}

const tokenOf = (who: string) => (who === "API_KEY" ? apiKey : tokenFor(who));

/** What came over a WebSocket and was not looked at yet. */
class Socket {
  readonly texts: string[] = [];
  readonly #socket: WebSocket;

  constructor(url: string, token: string) {
    this.#socket = new WebSocket(url, { headers: { authorization: `Bearer ${token}` } });
    this.#socket.on("message", (data) => this.texts.push(String(data)));
    this.#socket.on("close", (code) => this.texts.push(`(closes ${code})`));
  }

  send(text: string): void {
    this.#socket.send(text);
  }

  next(): Promise<string> {
    return until(() => this.texts.shift(), { what: "a frame" });
  }

  terminate(): void {
    this.#socket.removeAllListeners("close").terminate();
  }
}

/** Blocks of an event stream that came and were not looked at yet. */
class EventStream {
  readonly blocks: EventBlock[] = [];
  readonly #stop = new AbortController();
  #rest = "";

  async open(url: string, token: string): Promise<void> {
    const headers = { authorization: `Bearer ${token}` };
    const { status, body } = await fetch(url, { headers, signal: this.#stop.signal });
    if (status !== 200 || body === null) throw new Error(`no stream: ${status}`);
    this.#read(body).catch((error) => {
      if (!this.#stop.signal.aborted) throw error;
    });
  }

  next(): Promise<EventBlock> {
    return until(() => this.blocks.shift(), { what: "an event" });
  }

  cancel(): void {
    this.#stop.abort();
  }

  async #read(body: ReadableStream<Uint8Array>): Promise<void> {
    for await (const text of body.pipeThrough(new TextDecoderStream())) {
      const all = this.#rest + text;
      const end = all.lastIndexOf("\n\n") + 1;
      this.#rest = all.slice(end === 0 ? 0 : end + 1);
      this.blocks.push(...eventBlocks(end === 0 ? "" : all.slice(0, end + 1)));
    }
  }
}
