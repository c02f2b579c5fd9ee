/** What a backend may ask for: the same over HTTP with a key, and over a service binding without one. */
import type { HistoryPage, Json, MembersPage, PresenceAnswer, Receipt, Refused } from "./answers.ts";
import type { Capabilities, TokenOptions } from "./token.ts";

export interface PublishOptions {
  /** Default: `message`. */
  readonly event?: string;
  /** Makes it one message however often it is published. Default: a random one. */
  readonly id?: string;
  /** Whom it comes from. Default: `server`. */
  readonly user?: string;
}

export interface HistoryQuery {
  /** Cursors, both exclusive. Neither: the newest. */
  readonly after?: string;
  readonly before?: string;
  /** ms since 1970, both inclusive. */
  readonly from?: number;
  readonly to?: number;
  /** 1 to 1,000; default 100. */
  readonly limit?: number;
  readonly order?: "asc" | "desc";
}

export interface MembersQuery {
  /** 0 (only how many) to 1,000; default 100. */
  readonly limit?: number;
  /** The `next` of the page before. */
  readonly after?: string;
}

export interface PresenceQuery {
  /** At most 500 ids each. */
  readonly users?: readonly string[];
  readonly rooms?: readonly string[];
}

/**
 * Channels are addresses: `room:lobby`, `user:alice`. Everything rejects with an `EdgewireError`; over a service binding
 * with an `Error` of that name, because errors lose their class there.
 */
export interface ServerCalls {
  /** A token for one of your users, signed with `AUTH_SECRET`; hand it to the client. */
  token(user: string, capabilities?: Capabilities, options?: TokenOptions): Promise<string>;
  /** Resolves once it is on disk. Tries again where that may help; the id keeps it one message. */
  publish(channel: string, data: Json, options?: PublishOptions): Promise<Receipt>;
  /** One message to at most 100 channels, each on its own. */
  publishMany(
    channels: readonly string[],
    data: Json,
    options?: PublishOptions,
  ): Promise<Record<string, Receipt | Refused>>;
  /** Who of these is online, and how many are in these rooms. */
  presence(of: PresenceQuery): Promise<PresenceAnswer>;
  /** Who is in a room, by user id. */
  members(room: string, query?: MembersQuery): Promise<MembersPage>;
  /** A page of what was said. */
  history(channel: string, query?: HistoryQuery): Promise<HistoryPage>;
  /** Logs a user out everywhere: closes all connections and refuses every token made until now. Resolves with how many were closed. */
  disconnect(user: string): Promise<number>;
  /** Closes a user's connections to one room. No ban: the token still opens it, if it says so. */
  kick(room: string, user: string): Promise<number>;
}
