/** What an application says, and what it gets. */
import type { Json } from "../protocol/json.ts";
import type { EnvironmentOptions } from "./environment.ts";
import type { TransportName } from "./machine.ts";
import type { OutboxOptions } from "./outbox.ts";

type Awaitable<Value> = Value | Promise<Value>;

export interface EdgewireOptions extends Partial<EnvironmentOptions> {
  /** Of the service: `https://rt.example.com`. A function is asked at every dial. */
  readonly url: string | (() => string);
  /** A token of your backend, asked for before every dial and before the old one ends. Without one: a guest. */
  readonly token?: string | (() => Awaitable<string | null>);
  /** From best to worst. Default: all three. */
  readonly transports?: readonly TransportName[];
  /**
   * Whether all rooms share one connection, to the user's own channel, instead of one each; above what a connection
   * takes (200), another. Guests have no such channel: their rooms have connections of their own. Default: no.
   */
  readonly multiplex?: boolean;
  /** How much may wait to be sent, per channel. Default: 1,000 messages and 1 MiB. */
  readonly outbox?: OutboxOptions & {
    /** Whether it is kept in `storage` over a reload, for one subscription to a channel at a time. Default: no. */
    readonly persist?: boolean;
  };
}

export interface RoomOptions {
  /** Go on after this cursor, as `room.cursor` gave it. */
  readonly after?: string;
  /** Begin with so many of the last messages, at most 1,000. */
  readonly rewind?: number;
  /** What to be told of others: nothing (default), how many there are, or who. */
  readonly presence?: "none" | "count" | "members";
  /** Whether to be a member. Default: if the token allows it. */
  readonly member?: boolean;
  /** What others see of this member. */
  readonly data?: Json;
}

export interface PublishOptions<Event = string> {
  /** Default: `message`. */
  readonly event?: Event;
  /** Makes it one message however often it is published. Default: a random one. */
  readonly id?: string;
  readonly signal?: AbortSignal;
}

export interface HistoryOptions {
  readonly before?: string;
  readonly after?: string;
  readonly limit?: number;
  readonly order?: "asc" | "desc";
  readonly signal?: AbortSignal;
}
