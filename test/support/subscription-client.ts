import { Client } from "./client.ts";
import type { Frame } from "./frames.ts";
import { type ConnectOptions, Subscriber, welcomed } from "./subscriber.ts";

/**
 * Subscribes to a channel over a socket to the user's own (SPEC SUB-1), and resolves at the ack, which stands for the
 * welcome. Rejects with what came instead.
 * @param socket one that is open; else there is a new one
 */
export async function connectSubscription(
  options: ConnectOptions,
  chain: Subscriber[] = [],
  socket?: SubscriptionSocket,
): Promise<SubscriptionClient> {
  return welcomed(new SubscriptionClient(options, chain, socket ?? (await openSocket(options))));
}

async function openSocket({ query: { user, acks } = {}, ...options }: ConnectOptions): Promise<SubscriptionSocket> {
  const channel = `user:${user ?? "me"}`;
  const socket = new SubscriptionSocket({ ...options, channel, query: { user, acks, member: 0 } }, []);
  await welcomed(socket);
  // workerd ends the TCP connection of a client that never sent anything ten seconds late.
  socket.send("ping");
  return socket;
}

/** A socket to a user's own channel, which tells what comes of other channels to whoever subscribed to them. */
class SubscriptionSocket extends Client {
  readonly subscriptions = new Map<unknown, (frame: Frame, text: string) => void>();

  protected override received(frame: Frame, text: string): void {
    const { channel, ...own } = frame;
    if (channel === undefined || frame.type === "welcome") super.received(frame, text);
    else this.subscriptions.get(channel)?.(own as Frame, text);
  }
}

/** One subscription over a socket, which is its own: what is told of it is what a socket to the channel would tell. */
export class SubscriptionClient extends Subscriber {
  readonly #socket: SubscriptionSocket;

  constructor(options: ConnectOptions, chain: Subscriber[], socket: SubscriptionSocket) {
    super(options, chain);
    this.#socket = socket;
    const { channel } = options;
    const { after, rewind, presence, member, data, echo } = options.query ?? {};
    const ref = `subscribe ${chain.length}`;
    socket.subscriptions.set(channel, (frame, text) => this.#take(frame, text, ref));
    socket.closed.then((closed) => this.ended(closed));
    const flag = (value: unknown) => (value === undefined ? undefined : Number(value) === 1);
    socket.send({
      ...{ type: "subscribe", ref, channel, after, presence },
      rewind: rewind === undefined ? undefined : Number(rewind),
      ...{ member: flag(member), echo: flag(echo) },
      data: data === undefined ? undefined : JSON.parse(String(data)),
    });
  }

  override terminate(): void {
    this.#socket.terminate();
  }

  override stopReading(): void {
    this.#socket.stopReading();
  }

  override startReading(): void {
    this.#socket.startReading();
  }

  /** Over the same socket, if that is still open. */
  override resume(): Promise<SubscriptionClient> {
    const { query, ...options } = this.options;
    const after = this.cursor === undefined ? query : { ...query, rewind: undefined, after: this.cursor };
    const socket = this.#socket.isOpen ? this.#socket : undefined;
    return connectSubscription({ ...options, query: after ?? {} }, this.chain, socket);
  }

  #take(frame: Frame, text: string, ref: string): void {
    // What comes before the answer is of the subscription before.
    if (this.frames.length > 0) {
      if (frame.type === "unsubscribed") this.ended({ code: Number(frame.code), reason: String(frame.reason) });
      else this.received(frame, text);
      return;
    }
    const answers = frame.type === "acks" ? (frame.acks as Frame[]) : [frame];
    const answer = answers.find((each) => each.ref === ref);
    if (answer === undefined) return;
    if (frame.type === "error") return this.received(frame, text);
    this.received({ ...this.#socket.welcome, ...answer, channel: this.options.channel, type: "welcome" }, text);
  }
}
