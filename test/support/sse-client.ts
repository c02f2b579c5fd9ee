import { get, type IncomingMessage } from "node:http";
import { channelUrl } from "./channel-url.ts";
import { EventStreamParser, type StreamEvent } from "./event-stream-parser.ts";
import type { Frame } from "./frames.ts";
import { type Closed, type ConnectOptions, Subscriber, welcomed } from "./subscriber.ts";

/** Opens an event stream and resolves at the welcome. Rejects with what was answered instead. */
export function connectSse(options: ConnectOptions, chain: Subscriber[] = []): Promise<SseClient> {
  return welcomed(new SseClient(options, chain));
}

/** The events with a meaning of their own; under any other name comes a message. */
const reserved = new Set(["welcome", "gap", "signal", "presence", "read", "end"]);
const lost: Closed = { code: 1006, reason: "" };

/**
 * One connection of a raw SSE client, which reads as EventSource does and comes back with Last-Event-ID. With `ticket` in
 * the query that is its only credential.
 */
export class SseClient extends Subscriber {
  readonly events: StreamEvent[] = [];
  protected readonly asked: ConnectOptions;
  readonly #request: ReturnType<typeof get>;
  readonly #parser: EventStreamParser;
  #response: IncomingMessage | undefined;
  #bytes: Buffer[] = [];
  #end: Closed = lost;

  /**
   * @param lastEventId what it saw last of an earlier stream; it wins over what `asked` says in the URL
   * @param after where that is
   */
  constructor(asked: ConnectOptions, chain: Subscriber[], lastEventId = "", after: string | undefined = lastEventId) {
    const begun = { ...asked.query, after, rewind: undefined };
    super(lastEventId === "" ? asked : { ...asked, query: begun }, chain);
    this.asked = asked;
    this.#parser = new EventStreamParser(lastEventId);
    const { token, query } = asked;
    const headers: Record<string, string> = { accept: "text/event-stream" };
    if (query?.ticket === undefined) headers.authorization = `Bearer ${token}`;
    if (lastEventId !== "") headers["last-event-id"] = lastEventId;
    this.#request = get(this.url(asked), { agent: false, headers });
    this.#request.on("response", (response) => this.#begin(response));
    this.#request.on("error", (error) => {
      this.fault ??= error;
      this.ended(this.#end);
    });
  }

  /** All that came, as it came. */
  get raw(): Buffer {
    return Buffer.concat(this.#bytes);
  }

  get headers(): IncomingMessage["headers"] {
    return this.#response?.headers ?? {};
  }

  /** What the stream said of coming back, ms. */
  get retry(): number | undefined {
    return this.#parser.retry;
  }

  get lastEventId(): string {
    return this.#parser.lastEventId;
  }

  get comments(): number {
    return this.#parser.comments;
  }

  override terminate(): void {
    this.#request.destroy();
    this.ended(this.#end);
  }

  override stopReading(): void {
    this.#request.socket?.pause();
  }

  override startReading(): void {
    this.#request.socket?.resume();
  }

  /** As EventSource does: the same URL, and Last-Event-ID once there is one. */
  override resume(): Promise<SseClient> {
    return welcomed(new SseClient(this.asked, this.chain, this.lastEventId));
  }

  protected url({ server, channel, query }: ConnectOptions): string {
    return channelUrl(server(), channel, "events", query);
  }

  #begin(response: IncomingMessage): void {
    this.#response = response;
    const isStream = response.statusCode === 200 && response.headers["content-type"]?.startsWith("text/event-stream");
    response.on("data", (bytes: Buffer) => {
      this.#bytes.push(bytes);
      if (isStream) this.#read(bytes);
    });
    response.on("error", (error) => {
      this.fault ??= error;
    });
    response.on("close", () => {
      if (!isStream) this.fault = new Error(`${response.statusCode} ${this.raw}`);
      this.ended(this.#end);
    });
  }

  #read(bytes: Buffer): void {
    try {
      for (const event of this.#parser.read(bytes)) {
        this.events.push(event);
        this.take(event);
      }
    } catch (error) {
      this.fault = error as Error;
      this.terminate();
    }
    this.look();
  }

  protected take({ type, data, lastEventId }: StreamEvent): void {
    const value = JSON.parse(data);
    const cursor = lastEventId === "" ? undefined : lastEventId;
    if (type === "end") this.#end = value;
    if (type === "signal") this.received({ type: "signals", signals: [value] }, `{"signals":[${data}]}`, cursor);
    else if (reserved.has(type)) this.received({ ...value, type } as Frame, data, cursor);
    else this.received({ type: "messages", messages: [value] }, `{"messages":[${data}]}`, cursor);
  }
}
