/** The service as a backend sees it. Holds nothing open, and needs nothing but fetch and WebCrypto. */
import { EdgewireError } from "../client/errors.ts";
import { request } from "../client/http.ts";
import { type ChannelKind, parseAddress } from "../protocol/address.ts";
import type { HistoryPage, Json, MembersPage, PresenceAnswer, Receipt, Refused } from "./answers.ts";
import type { HistoryQuery, MembersQuery, PresenceQuery, PublishOptions, ServerCalls } from "./calls.ts";
import { type Capabilities, signToken, type TokenOptions } from "./token.ts";
import { withTries } from "./tries.ts";

export interface EdgewireServerOptions {
  /** Of the service: `https://rt.example.com`. */
  readonly url: string;
  /** The service's `API_KEY`: for everything but `token`. */
  readonly apiKey?: string;
  /** The service's `AUTH_SECRET`: for `token` alone. */
  readonly secret?: string;
  /** The service's `AUTH_ISSUER` and `AUTH_AUDIENCE`, where it has them. */
  readonly issuer?: string;
  readonly audience?: string;
  readonly fetch?: typeof fetch;
  readonly sleep?: (ms: number) => Promise<void>;
  /** ms since 1970. */
  readonly now?: () => number;
  /** From 0 to 1. */
  readonly random?: () => number;
}

export class EdgewireServer implements ServerCalls {
  readonly #options: EdgewireServerOptions;

  constructor(options: EdgewireServerOptions) {
    this.#options = options;
  }

  async token(user: string, capabilities: Capabilities = {}, options: TokenOptions = {}): Promise<string> {
    const { secret, issuer, audience, now = Date.now } = this.#options;
    if (secret === undefined)
      throw new EdgewireError("not_configured", 'Tokens need "secret": the service\'s AUTH_SECRET.');
    return signToken(user, capabilities, options, { secret, issuer, audience, now: now() });
  }

  async publish(channel: string, data: Json, options: PublishOptions = {}): Promise<Receipt> {
    return this.#ask("POST", `${pathOf(channel)}/messages`, { body: draftOf(data, options) });
  }

  async publishMany(
    channels: readonly string[],
    data: Json,
    options: PublishOptions = {},
  ): Promise<Record<string, Receipt | Refused>> {
    const body = { channels, ...draftOf(data, options) };
    const { results } = await this.#ask<{ results: Record<string, Receipt | Refused> }>("POST", "messages", { body });
    return results;
  }

  async presence({ users = [], rooms = [] }: PresenceQuery): Promise<PresenceAnswer> {
    return this.#ask("POST", "presence", { body: { users, rooms } });
  }

  async members(room: string, query: MembersQuery = {}): Promise<MembersPage> {
    return this.#ask("GET", `${pathOf(room, "room")}/presence`, { query: { ...query } });
  }

  async history(channel: string, query: HistoryQuery = {}): Promise<HistoryPage> {
    return this.#ask("GET", `${pathOf(channel)}/messages`, { query: { ...query } });
  }

  async disconnect(user: string): Promise<number> {
    const { closed } = await this.#ask<{ closed: number }>("DELETE", `${pathOf(`user:${user}`)}/connections`);
    return closed;
  }

  async kick(room: string, user: string): Promise<number> {
    const path = `${pathOf(room, "room")}/connections`;
    const { closed } = await this.#ask<{ closed: number }>("DELETE", path, { query: { user } });
    return closed;
  }

  /** Every one of them may be asked again: a publish carries its id, and what is closed twice is closed. */
  async #ask<Answer>(
    method: string,
    path: string,
    { body, query = {} }: { body?: unknown; query?: Record<string, string | number | undefined> } = {},
  ): Promise<Answer> {
    const { url, apiKey, random = Math.random, sleep = wait } = this.#options;
    if (apiKey === undefined) throw new EdgewireError("not_configured", 'Say "apiKey": the service\'s API_KEY.');
    const said = Object.entries(query).flatMap(([name, value]): [string, string][] =>
      value === undefined ? [] : [[name, String(value)]],
    );
    const search = said.length > 0 ? `?${new URLSearchParams(said)}` : "";
    const target = `${url.replace(/\/$/, "")}/v1/${path}${search}`;
    return withTries(() => request<Answer>(this.#http, method, target, { token: apiKey, body }), { sleep, random });
  }

  get #http(): Parameters<typeof request>[0] {
    return {
      // Bound: a Worker's own refuses to be called as a method of anything else.
      fetch: this.#options.fetch ?? ((...args: Parameters<typeof fetch>) => globalThis.fetch(...args)),
      setTimeout: (task, ms) => globalThis.setTimeout(task, ms),
      clearTimeout: (timer) => globalThis.clearTimeout(timer),
    };
  }
}

/** The id is made here, so that trying again is no second message. */
function draftOf(data: Json, { id = crypto.randomUUID(), event, user }: PublishOptions) {
  return { id, event, user, data };
}

function pathOf(channel: string, only?: ChannelKind): string {
  const address = parseAddress(channel);
  if (address === null || (only !== undefined && address.kind !== only))
    throw new EdgewireError("bad_id", `An address is "room:<id>"${only === "room" ? "" : ' or "user:<id>"'}.`);
  return `${address.kind}s/${encodeURIComponent(address.id)}`;
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms));
}
