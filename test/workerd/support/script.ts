import { type Client, type ConnectOptions, connect, type Frame } from "./client.ts";
import type { CallOptions, Room } from "./room.ts";
import { inShort, transcript, withoutChance } from "./transcript.ts";

/** One step of a session; it resolves when all that it causes has been sent. */
export type Step = readonly [name: string, act: (stage: Stage) => Promise<unknown>];

/** The connections of one run of a script, by name, and what HTTP answered. */
export class Stage {
  readonly room: Room;
  readonly #clients = new Map<string, Client>();
  readonly #answers: unknown[] = [];

  constructor(room: Room) {
    this.room = room;
  }

  async join(name: string, options: ConnectOptions): Promise<void> {
    this.#clients.set(name, await connect(this.room, options));
  }

  client(name: string): Client {
    const client = this.#clients.get(name);
    if (client === undefined) throw new Error(`the script knows no ${name}`);
    return client;
  }

  /** Closes a connection from its client's side. */
  async close(name: string, code: number): Promise<void> {
    await this.room.wake();
    await this.client(name).close(code);
  }

  /** Waits until a connection has been told something. */
  async told(name: string, what: string, condition: (frame: Frame) => boolean): Promise<void> {
    const client = this.client(name);
    await client.until(() => client.frames.some(condition), `${what} for ${name}`);
  }

  async call(method: string, endpoint: string, options: CallOptions = {}): Promise<void> {
    const { status, body } = await this.room.call(method, endpoint, options);
    this.#answers.push({ status, ...withoutChance(body, this.#names()) });
  }

  /** Everything that could be observed: what each connection was told, and the answers to HTTP. */
  async observed(): Promise<Record<string, unknown[]>> {
    const told: Record<string, unknown[]> = {};
    for (const [name, client] of this.#clients) {
      if (client.closed === null) await client.drained();
      told[name] = transcript(client, this.#names());
    }
    return { ...told, "(http)": this.#answers };
  }

  /** The same of one connection, in a few words: news first, then answers, whose order among each other is free. */
  inShort(name: string): string[] {
    const { frames } = this.client(name);
    const isAnswer = ({ type }: Frame) => type === "ack" || type === "acks" || type === "error";
    return [...frames.filter((frame) => !isAnswer(frame)), ...frames.filter(isAnswer)].map(inShort);
  }

  #names(): Map<string, string> {
    return new Map([...this.#clients].map(([name, { welcome }]) => [welcome.connection, name]));
  }
}
