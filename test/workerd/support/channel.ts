import { abortAllDurableObjects, evictDurableObject, runInDurableObject } from "cloudflare:test";
import type { ChannelObject } from "../../../src/object/channel-object.ts";
import { losesConnections } from "../../../src/object/lives.ts";
import { env, worker } from "./service.ts";

export interface CallOptions {
  /** Default: the API key. Null: no credential at all. */
  token?: string | null;
  query?: Record<string, string | number>;
  headers?: Record<string, string>;
  /** Sent as JSON. */
  body?: unknown;
}

export interface Answer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: what the tests look into differs from route to route.
  body: any;
}

/** One HTTP request through the edge. */
export async function call(
  method: string,
  url: string,
  { token = env.API_KEY, body, headers: more }: Omit<CallOptions, "query"> = {},
): Promise<Answer> {
  const headers = new Headers(more);
  if (token !== null) headers.set("authorization", `Bearer ${token}`);
  if (body !== undefined) headers.set("content-type", "application/json");
  const request = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  const answer = await worker.fetch(url, request);
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: text === "" ? null : JSON.parse(text) };
}

/** All of the calling file: the death of their process is the death of them all. */
const made = new Set<Channel>();

/** A channel that no other test uses, seen from the edge and from inside. */
export abstract class Channel<Held extends ChannelObject = ChannelObject> {
  readonly kind: "room" | "user" | "relay";
  readonly id: string;

  /** @param id the object's name; default: one that no other has */
  constructor(kind: Channel["kind"], name: string, id = `${name}-${crypto.randomUUID().slice(0, 8)}`) {
    this.kind = kind;
    this.id = id;
    made.add(this as unknown as Channel);
  }

  /** A new one each time: a stub stays broken once its object was reset. */
  abstract get stub(): DurableObjectStub<Held>;

  /** `room:lobby` */
  get address(): string {
    return `${this.kind}:${this.id}`;
  }

  /** The URL of the channel itself (`""`) or of something of it. */
  url(endpoint: string, query: Record<string, string | number> = {}): string {
    const end = endpoint === "" ? "" : `/${endpoint}`;
    const search = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]));
    return `https://edge.test/v1/${this.kind}s/${this.id}${end}?${search}`;
  }

  /** One HTTP request through the edge. */
  call(method: string, endpoint: string, { query = {}, ...options }: CallOptions = {}): Promise<Answer> {
    return call(method, this.url(endpoint, query), options);
  }

  publish(body: unknown, options: CallOptions = {}): Promise<Answer> {
    return this.call("POST", "messages", { ...options, body });
  }

  /** Stores so many messages, each with its number and so many characters as data. */
  async fill(count: number, padding = 0): Promise<void> {
    const pad = "x".repeat(padding);
    for (let first = 1; first <= count; first += 100) {
      const size = Math.min(100, count - first + 1);
      const answer = await this.publish(
        Array.from({ length: size }, (_, index) => ({ data: { n: first + index, pad } })),
      );
      if (answer.status !== 201) throw new Error(`fill: ${JSON.stringify(answer.body)}`);
    }
  }

  /** Runs `work` in the object, which wakes for it. */
  inside<Result>(work: (object: Held, state: DurableObjectState) => Result | Promise<Result>): Promise<Result> {
    return runInDurableObject<Held, Result>(this.stub, work);
  }

  /** Rows that a statement gives, read in the object. */
  rows(statement: string): Promise<Record<string, SqlStorageValue>[]> {
    return this.inside((_, { storage }) => storage.sql.exec(statement).toArray());
  }

  /** Takes the object out of memory, once its timers have fired; its sockets stay open. It must be awake. */
  hibernate(): Promise<void> {
    return evictDurableObject(this.stub);
  }

  /**
   * Constructs the object, if it is out of memory. Needed before a Close is what wakes it: this pool constructs inside
   * the handler, when the closing socket is CLOSING already; workerd itself does it before, when it is still OPEN.
   */
  async wake(): Promise<void> {
    await this.inside(() => undefined);
  }

  /** Whether the object is out of memory. Looks by hibernating it, so it is afterwards. */
  async wasAsleep(): Promise<boolean> {
    try {
      await this.hibernate();
      return false;
    } catch (error) {
      if (/not currently running/.test(String(error))) return true;
      throw error;
    }
  }

  /** Ends the object (and every other) as the death of its process would: sockets are cut, only storage stays. */
  async crash(): Promise<void> {
    await abortAllDurableObjects();
    // This process lives on, and with it what it knows: a new one would date the loss by its own beginning.
    for (const { stub } of made) losesConnections(stub.id.toString(), Date.now());
  }

  /** Ends this object alone, as a fault in it would: its sockets are cut, only its storage stays. */
  async reset(): Promise<void> {
    losesConnections(this.stub.id.toString(), Date.now());
    await this.inside((_, state) => state.abort("made by a test")).catch(() => undefined);
  }

  /** Calls the object's alarm handler, whether an alarm is set or not: early, late or once more. */
  async ring(): Promise<void> {
    await this.inside((object) => object.alarm());
  }

  /** When the alarm rings, ms; null: it is not set. */
  alarm(): Promise<number | null> {
    return this.inside((_, { storage }) => storage.getAlarm());
  }
}
