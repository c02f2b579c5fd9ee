/** A frame as it comes; looked into field by field. */
// biome-ignore lint/suspicious/noExplicitAny: whatever it is, it is looked at
type Frame = { type: string; [field: string]: any };

/** A WebSocket to the user's own channel, in whichever runtime. */
export interface Line {
  send(text: string): void;
  close(code: number): void;
  /** Begins: calls `take` for each text, and `lost` at its end. */
  begin(take: (text: string) => void, lost: () => void): void;
}

// The timer that was there before a test held or replaced it.
const later = globalThis.setTimeout.bind(globalThis);

/** What it has of one channel. */
interface Followed {
  cursor: string | null;
  readonly data: unknown[];
  isSubscribed: boolean;
  isAsking: boolean;
}

/**
 * A client that follows channels through its user's own socket, as one should: it comes back after every end that allows it,
 * with its cursors, and repeats what was not acknowledged. It throws nothing away and looks at everything.
 */
export class ManyFollower {
  readonly name: string;
  /** What must not have happened. */
  readonly wrong: string[] = [];
  /** How often something ended and was begun again. */
  comebacks = 0;
  readonly #followed = new Map<string, Followed>();
  readonly #publishes = new Map<string, { channel: string; id: string; data: unknown; done: () => void }>();
  readonly #dial: () => Promise<Line | null>;
  #socket: Line | null = null;
  #refs = 0;
  #isOver = false;

  /**
   * @param name of the user; nobody else publishes by it
   * @param channels their addresses
   * @param dial connects; null: it could not
   */
  constructor(name: string, channels: readonly string[], dial: () => Promise<Line | null>) {
    this.name = name;
    this.#dial = dial;
    for (const channel of channels)
      this.#followed.set(channel, { cursor: null, data: [], isSubscribed: false, isAsking: false });
  }

  start(): this {
    void this.#connect();
    return this;
  }

  /** Whether it has no subscription to ask for. */
  get isWhole(): boolean {
    return [...this.#followed.values()].every(({ isSubscribed }) => isSubscribed);
  }

  dataOf(channel: string): readonly unknown[] {
    return this.#followed.get(channel)?.data ?? [];
  }

  /** Resolves when it is acknowledged, however often it has to be sent. */
  publish(channel: string, data: unknown): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const ref = `p${++this.#refs}`;
    this.#publishes.set(ref, { channel, id: `${this.name}-${ref}`, data, done: resolve });
    this.#send(ref);
    return promise;
  }

  /** The connection breaks, as seen from here. */
  cut(): void {
    this.#socket?.close(1001);
  }

  leave(): void {
    this.#isOver = true;
    this.#socket?.close(1000);
  }

  async #connect(): Promise<void> {
    if (this.#isOver) return;
    const socket = await this.#dial().catch(() => null);
    if (socket === null) return void later(() => void this.#connect(), 20);
    this.#socket = socket;
    socket.begin(
      (text) => this.#take(JSON.parse(text)),
      () => this.#lost(socket),
    );
    for (const channel of this.#followed.keys()) this.#subscribe(channel);
  }

  #lost(socket: Line): void {
    if (this.#socket !== socket) return;
    this.#socket = null;
    this.comebacks++;
    for (const followed of this.#followed.values()) followed.isSubscribed = followed.isAsking = false;
    later(() => void this.#connect(), 1);
  }

  #subscribe(channel: string): void {
    const followed = this.#followed.get(channel) as Followed;
    if (followed.isAsking || this.#socket === null) return;
    followed.isAsking = true;
    const after = followed.cursor === null ? {} : { after: followed.cursor };
    this.#write({ type: "subscribe", ref: `s ${channel}`, channel, ...after });
  }

  #send(ref: string): void {
    const publish = this.#publishes.get(ref);
    if (publish === undefined || this.#followed.get(publish.channel)?.isSubscribed !== true) return;
    const { channel, id, data } = publish;
    this.#write({ type: "publish", ref, channel, id, data });
  }

  #write(frame: Frame): void {
    try {
      this.#socket?.send(JSON.stringify(frame));
    } catch {
      // Its close is on the way.
    }
  }

  #take(frame: Frame): void {
    const { type, ref, channel } = frame;
    if (type === "welcome") return;
    const followed = this.#followed.get(channel);
    if (followed === undefined) return void this.wrong.push(`of no channel: ${JSON.stringify(frame)}`);
    if (ref?.startsWith("s ")) return this.#subscribed(frame, followed);
    if (!followed.isSubscribed) this.wrong.push(`before the ack or after the end: ${JSON.stringify(frame)}`);
    if (type === "messages") for (const message of frame.messages) this.#message(channel, message, followed);
    else if (type === "ack") this.#acknowledged(frame);
    else if (type === "error") later(() => this.#send(ref), 5);
    else if (type === "unsubscribed") {
      this.comebacks++;
      if (frame.code !== 4503) this.wrong.push(`ended: ${JSON.stringify(frame)}`);
      followed.isSubscribed = false;
      later(() => this.#subscribe(channel), 1);
    } else if (type === "gap") this.wrong.push(`a gap: ${JSON.stringify(frame)}`);
  }

  #subscribed({ type, channel, cursor, resume, ...frame }: Frame, followed: Followed): void {
    followed.isAsking = false;
    if (type === "error") {
      if (frame.code !== "overloaded") this.wrong.push(`refused: ${JSON.stringify(frame)}`);
      later(() => this.#subscribe(channel), 5);
      return;
    }
    if (resume === "gap") this.wrong.push(`a gap of ${channel}`);
    followed.cursor ??= cursor;
    followed.isSubscribed = true;
    for (const [ref, publish] of this.#publishes) if (publish.channel === channel) this.#send(ref);
  }

  #message(channel: string, { seq, data }: { seq: number; data: unknown }, followed: Followed): void {
    const [epoch, last] = (followed.cursor ?? "-").split("-");
    if (seq !== Number(last) + 1) this.wrong.push(`${channel}: ${seq} after ${last}`);
    followed.cursor = `${epoch}-${seq}`;
    followed.data.push(data);
  }

  #acknowledged({ ref }: Frame): void {
    this.#publishes.get(ref)?.done();
    this.#publishes.delete(ref);
  }
}
