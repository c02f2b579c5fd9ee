import { get, type IncomingMessage } from "node:http";
import { channelUrl } from "./channel-url.ts";
import type { Frame, Gap, Message, PresenceChange, Signal } from "./frames.ts";
import { rawField } from "./raw-json.ts";
import { type ConnectOptions, Subscriber, welcomed } from "./subscriber.ts";

/** What a long poll brings. */
export interface PollAnswer {
  messages: Message[];
  cursor: string;
  gap: Gap | null;
  connection: string;
  signals?: Signal[];
  presence?: Omit<PresenceChange, "type">;
}

/** Begins to poll and resolves at the first answer. Rejects with what was answered instead. */
export function connectPoll(options: ConnectOptions, chain: Subscriber[] = []): Promise<PollClient> {
  const before = chain.findLast((each) => each instanceof PollClient);
  return welcomed(new PollClient(options, chain, before?.connection));
}

/** Seconds that the server may wait, unless the query says otherwise. */
const longest = 25;

/**
 * One poll after the other, each with the cursor and the connection of the one before. Its first asks not to be kept
 * waiting, so that there is a connection at once.
 */
export class PollClient extends Subscriber {
  readonly answers: PollAnswer[] = [];
  /** The name that the service gave this subscriber, passed on from poll to poll. */
  connection: string | undefined;
  /** When the poll was sent whose answer came last, by `performance.now()`. */
  lastAsked = 0;
  #request: ReturnType<typeof get> | undefined;
  #isOver = false;
  #reading = Promise.resolve();
  #startReading = () => {};

  constructor(options: ConnectOptions, chain: Subscriber[], connection?: string) {
    super(options, chain);
    this.connection = connection;
    this.#pollOn().catch((error: Error) => {
      this.fault ??= error;
      this.ended({ code: 1006, reason: "" });
    });
  }

  override terminate(): void {
    this.#isOver = true;
    this.#startReading();
    this.#request?.destroy();
    this.ended({ code: 1006, reason: "" });
  }

  /** Reads nothing more of the answer it waits for, and asks for no other. */
  override stopReading(): void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#reading = promise;
    this.#startReading = resolve;
    this.#request?.socket?.pause();
  }

  override startReading(): void {
    this.#request?.socket?.resume();
    this.#startReading();
  }

  override resume(): Promise<PollClient> {
    const { query, ...options } = this.options;
    return connectPoll({ ...options, query: { ...query, after: this.cursor } }, this.chain);
  }

  async #pollOn(): Promise<void> {
    const { server, channel, query = {} } = this.options;
    while (!this.#isOver) {
      const isFirst = this.answers.length === 0;
      const timeout = isFirst ? 0 : (query.timeout ?? longest);
      // Said once: with every poll it would take back what was said since by other ways.
      const data = isFirst ? query.data : undefined;
      const asked = { ...query, after: this.cursor, connection: this.connection, timeout, data };
      const asking = performance.now();
      const { status, text } = await this.#get(channelUrl(server(), channel, "poll", asked));
      if (status !== 200) {
        this.fault = new Error(`${status} ${text}`);
        return this.ended({ code: 4000 + status, reason: JSON.parse(text).code });
      }
      this.lastAsked = asking;
      this.#take(JSON.parse(text), text);
      await this.#reading;
    }
  }

  #get(url: string): Promise<{ status: number; text: string }> {
    const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>();
    this.#request = get(url, { agent: false, headers: { authorization: `Bearer ${this.options.token}` } });
    this.#request.on("error", reject);
    this.#request.on("response", async (response: IncomingMessage) => {
      try {
        const chunks: Buffer[] = [];
        for await (const chunk of response) chunks.push(chunk);
        resolve({
          status: response.statusCode ?? 0,
          text: new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks)),
        });
      } catch (error) {
        reject(error);
      }
    });
    return promise;
  }

  #take(answer: PollAnswer, text: string): void {
    const { messages, cursor, gap, connection, signals, presence } = answer;
    const isFirst = this.answers.length === 0;
    this.answers.push(answer);
    this.connection = connection;
    if (isFirst) {
      const resume = gap !== null ? "gap" : messages.length > 0 ? "replay" : "live";
      this.received({ type: "welcome", resume, cursor, connection }, text);
    }
    if (gap !== null) this.received({ ...gap, type: "gap" } as Frame, rawField(text, "gap") as string);
    if (signals !== undefined) this.received({ type: "signals", signals }, text);
    if (presence !== undefined) this.received({ ...presence, type: "presence" }, rawField(text, "presence") as string);
    this.received({ type: "messages", messages }, text, cursor);
  }
}
