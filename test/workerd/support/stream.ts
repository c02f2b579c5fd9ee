import { type EventBlock, eventBlocks } from "../../support/event-blocks.ts";
import type { Channel } from "./channel.ts";
import type { ConnectOptions, Frame } from "./client.ts";
import { env, worker } from "./service.ts";
import { until } from "./until.ts";

export interface StreamOptions extends ConnectOptions {
  /** Instead of a token. */
  ticket?: string;
}

/** The answer to `GET …/events`, whatever it is. Nobody reads it yet. */
export function requestStream(
  channel: Pick<Channel, "url">,
  { token, user, query, headers, ticket }: StreamOptions = {},
): Promise<Response> {
  const as: Record<string, string> = ticket !== undefined ? { ticket } : token === undefined && user ? { user } : {};
  const authorization: Record<string, string> =
    ticket !== undefined ? {} : { authorization: `Bearer ${token ?? env.API_KEY}` };
  return worker.fetch(channel.url("events", { ...query, ...as }), { headers: { ...authorization, ...headers } });
}

/** Opens an event stream and reads it; resolves at the welcome. */
export async function openStream(channel: Pick<Channel, "url">, options: StreamOptions = {}): Promise<Stream> {
  const stream = readStream(await requestStream(channel, options));
  await stream.until(() => stream.blocks.length > 1, "a welcome");
  return stream;
}

/** Reads a stream from now on. */
export function readStream(answer: Response): Stream {
  const type = answer.headers.get("content-type");
  if (answer.status !== 200 || type !== "text/event-stream" || answer.body === null)
    throw new Error(`no stream: ${answer.status} ${type}`);
  return new Stream(answer.body);
}

/** One event stream, read as it comes. The first block is `retry`. */
export class Stream {
  isOver = false;
  readonly blocks: EventBlock[] = [];
  comments = 0;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #rest = "";
  #isCancelled = false;

  constructor(body: ReadableStream<Uint8Array>) {
    this.#reader = body.getReader();
    this.#read().catch((error) => {
      if (!this.#isCancelled) throw error;
    });
  }

  get events(): EventBlock[] {
    return this.blocks.slice(1);
  }

  /** The data of those of one name. */
  dataOf(name: string): Frame[] {
    return this.events.filter((event) => event.name === name).map(({ data }) => JSON.parse(data as string));
  }

  get seqs(): number[] {
    return this.dataOf("message").map(({ seq }) => seq);
  }

  get welcome(): Frame {
    return this.dataOf("welcome")[0] as Frame;
  }

  /** What EventSource would send to come back. */
  get lastId(): string | undefined {
    return this.events.findLast(({ id }) => id !== null)?.id ?? undefined;
  }

  /** The last event, once the stream is over. */
  async ended(): Promise<Frame> {
    await this.until(() => this.isOver, "the end");
    const last = this.events.at(-1);
    if (last?.name !== "end") throw new Error(`it ended with ${JSON.stringify(last)}`);
    return JSON.parse(last.data as string);
  }

  until<T>(condition: () => T, what: string): Promise<NonNullable<T>> {
    return until(condition, `${what}, after ${this.blocks.map(({ name }) => name).slice(-12)}`);
  }

  /** Goes away. */
  cancel(): Promise<void> {
    this.#isCancelled = true;
    return this.#reader.cancel();
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    for (;;) {
      const { done, value } = await this.#reader.read();
      if (done) break;
      const text = this.#rest + decoder.decode(value, { stream: true });
      const end = text.lastIndexOf("\n\n") + 2;
      const whole = end < 2 ? "" : text.slice(0, end);
      this.#rest = text.slice(whole.length);
      this.comments += whole.split("\n\n").filter((block) => block === ":").length;
      this.blocks.push(...eventBlocks(whole));
    }
    this.isOver = true;
  }
}
