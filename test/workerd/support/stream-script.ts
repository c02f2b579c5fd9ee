import type { Answer, CallOptions, Room } from "./room.ts";
import { openStream, type Stream, type StreamOptions } from "./stream.ts";
import { withoutChance } from "./transcript.ts";
import { until } from "./until.ts";

/** One step of a session; it resolves when all that it causes has been sent. */
export type StreamStep = readonly [name: string, act: (stage: StreamStage) => Promise<unknown>];

/** The streams and polls of one run of a script, by name. */
export class StreamStage {
  readonly room: Room;
  /** Where the log ended at the last look. */
  cursor = "";
  readonly #streams = new Map<string, Stream>();
  readonly #polls = new Map<string, Promise<Answer>>();
  readonly #answers: [name: string, answer: Answer][] = [];
  #published = 0;

  constructor(room: Room) {
    this.room = room;
  }

  async open(name: string, options: StreamOptions): Promise<void> {
    this.#streams.set(name, await openStream(this.room, options));
  }

  stream(name: string): Stream {
    return found(this.#streams, name);
  }

  /** Begins a poll, of one who is at the head: it waits. */
  async poll(name: string, query: Record<string, string | number>): Promise<void> {
    const before = await this.#sockets();
    this.pollBehind(name, query);
    await until(async () => (await this.#sockets()) > before, `the poll of ${name} to wait`);
  }

  /** Begins a poll, of one who is behind: it is answered at once. */
  pollBehind(name: string, query: Record<string, string | number>): void {
    const last = this.#answers.findLast(([who]) => who === name)?.[1].body;
    const connection = last === undefined ? {} : { connection: last.connection };
    const asked = { after: last?.cursor ?? this.cursor, timeout: 60, ...connection, ...query };
    this.#polls.set(name, this.room.call("GET", "poll", { query: asked }));
  }

  /** Waits for the answer to a poll. */
  async answered(name: string): Promise<void> {
    const answer = await found(this.#polls, name);
    this.#answers.push([name, answer]);
    // Its inner socket is closed by then, or about to be.
    await until(async () => (await this.#sockets()) <= this.#streams.size, `the poll of ${name} to go`);
  }

  /** Publishes a message, and waits until all open streams have it. */
  async publish(): Promise<void> {
    await this.room.publish({ data: ++this.#published });
    for (const stream of this.#streams.values())
      await stream.until(() => stream.isOver || stream.seqs.at(-1) === this.#published, `message ${this.#published}`);
  }

  call(method: string, endpoint: string, options: CallOptions = {}): Promise<Answer> {
    return this.room.call(method, endpoint, options);
  }

  /** A client goes away. */
  async cancel(name: string): Promise<void> {
    await this.room.wake();
    const before = await this.#sockets();
    await this.stream(name).cancel();
    await until(async () => (await this.#sockets()) < before, `the end of ${name}`);
  }

  /** Everything that could be observed, without what differs from run to run. */
  observed(): Record<string, unknown[]> {
    const all: Record<string, unknown[]> = {};
    const names = new Map([...this.#streams].map(([name, { welcome }]) => [String(welcome.connection), name]));
    for (const [name, { body }] of this.#answers) names.set(body.connection, name);
    for (const [name, { events }] of this.#streams)
      all[name] = events.map((event) => withoutChance({ ...event, data: JSON.parse(event.data ?? "null") }, names));
    for (const [name, { status, body }] of this.#answers)
      all[name] = [...(all[name] ?? []), withoutChance({ status, body }, names)];
    return all;
  }

  #sockets(): Promise<number> {
    return this.room.inside((_, state) => state.getWebSockets().filter(({ readyState }) => readyState === 1).length);
  }
}

function found<Value>(all: ReadonlyMap<string, Value>, name: string): Value {
  const value = all.get(name);
  if (value === undefined) throw new Error(`the script knows no ${name}`);
  return value;
}
