/** A channel that is followed over HTTP through the user's own: by an event stream, or by polls. (SPEC SUB-11 to SUB-13) */
import { channelUrl } from "./channel-url.ts";
import type { StreamEvent } from "./event-stream-parser.ts";
import type { Frame, Gap, Message } from "./frames.ts";
import { call } from "./http.ts";
import { rawField } from "./raw-json.ts";
import { SseClient } from "./sse-client.ts";
import { type ConnectOptions, Subscriber, welcomed } from "./subscriber.ts";

const ownChannel = ({ query }: ConnectOptions) => `user:${query?.user ?? "me"}`;

/** Opens an event stream of the user's own channel that carries this one too. */
export function connectSharedSse(options: ConnectOptions, chain: Subscriber[] = []): Promise<SharedSseClient> {
  return welcomed(new SharedSseClient(options, chain));
}

/** Comes back with the id of the last event, and knows nothing of what that says. */
class SharedSseClient extends SseClient {
  override resume(): Promise<SharedSseClient> {
    return welcomed(new SharedSseClient(this.asked, this.chain, this.lastEventId, this.cursor));
  }

  protected override url(asked: ConnectOptions): string {
    const { after, ...query } = asked.query ?? {};
    const channel = after === undefined ? asked.channel : `${asked.channel}@${after}`;
    return channelUrl(asked.server(), ownChannel(asked), "events", { ...query, channel });
  }

  protected override take(event: StreamEvent): void {
    const { type, data } = event;
    const { channel, code, reason } = JSON.parse(data);
    if (type === "end") return super.take(event);
    if (channel !== this.options.channel) return;
    if (type === "unsubscribed") {
      this.ended({ code, reason });
      return this.terminate();
    }
    // What is left is, byte for byte, what a stream of its own would bring.
    const named = JSON.stringify({ channel }).slice(1, -1);
    const own = type === "welcome" ? data : data.replace(`${named},`, "").replace(`,${named}`, "");
    super.take({ ...event, data: own, lastEventId: "" });
  }
}

/** Begins to poll, and resolves at the first answer. */
export function connectSharedPoll(options: ConnectOptions, chain: Subscriber[] = []): Promise<SharedPollClient> {
  return welcomed(new SharedPollClient(options, chain));
}

interface News {
  messages: Message[];
  cursor: string;
  gap: Gap | null;
  code?: string;
}

/** s that the service may wait. */
const LONGEST = 25;

/** One poll after the other, each with the cursor of the one before. */
class SharedPollClient extends Subscriber {
  #isOver = false;
  readonly #reading = new AbortController();

  constructor(options: ConnectOptions, chain: Subscriber[]) {
    super(options, chain);
    this.#pollOn().catch((error: Error) => {
      this.fault ??= error;
      this.terminate();
    });
  }

  override terminate(): void {
    this.#isOver = true;
    this.#reading.abort();
    this.ended({ code: 1006, reason: "" });
  }

  override stopReading(): void {
    throw new Error("an answer is read at once");
  }

  override startReading(): void {
    throw new Error("an answer is read at once");
  }

  override resume(): Promise<SharedPollClient> {
    const { query, ...options } = this.options;
    return connectSharedPoll({ ...options, query: { ...query, after: this.cursor } }, this.chain);
  }

  async #pollOn(): Promise<void> {
    const { server, channel, token } = this.options;
    while (!this.#isOver) {
      const cursors = { [channel]: this.cursor ?? null };
      const timeout = this.frames.length === 0 ? 0 : LONGEST;
      const { status, body, text } = await call<{ channels: Record<string, News> }>(
        "POST",
        channelUrl(server(), ownChannel(this.options), "poll"),
        { token, body: { cursors, timeout }, signal: this.#reading.signal },
      );
      if (status !== 200) throw new Error(`${status} ${text}`);
      const news = body.channels[channel];
      if (news?.code !== undefined) throw new Error(`${channel}: ${news.code}`);
      this.#take(news, rawField(rawField(text, "channels") ?? "{}", channel) ?? "");
    }
  }

  #take(news: News | undefined, text: string): void {
    const { messages = [], cursor = this.cursor as string, gap = null } = news ?? {};
    if (this.frames.length === 0) {
      const resume = gap !== null ? "gap" : messages.length > 0 ? "replay" : "live";
      this.received({ type: "welcome", resume, cursor }, text);
    }
    if (gap !== null) this.received({ ...gap, type: "gap" } as Frame, rawField(text, "gap") as string);
    if (messages.length > 0) this.received({ type: "messages", messages }, text, cursor);
  }
}
