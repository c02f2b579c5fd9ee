/** What a route is: how it is found, and what the OpenAPI document says of it. */
import type { Code } from "../protocol/codes.ts";
import type { Operation } from "../protocol/operations.ts";
import type { Parameter } from "./parameters.ts";
import type { Schema } from "./schema.ts";

/**
 * What it takes: a right in the channel of the path; `self`: to be the user of the path, or `admin`; `each`: what is asked
 * for decides; `nothing`: no credential at all; `free`: not even a service that is configured.
 */
export type Right = Operation | "self" | "each" | "nothing" | "free";

export interface Body {
  readonly schema: Schema;
  /** Each is a request that is answered as the route says; the first is shown. */
  readonly examples: Readonly<Record<string, unknown>>;
}

export interface Answer {
  readonly about: string;
  /** Of its JSON; absent: it has no body, or one of another type. */
  readonly schema?: Schema;
  /** Instead of JSON. */
  readonly mediaType?: string;
}

export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** As the router writes them; `:id` is of a room or a user. */
  readonly paths: readonly string[];
  /** It holds a stream open, which HEAD cannot. */
  readonly streams?: true;
  readonly summary: string;
  readonly description: string;
  readonly right: Right;
  /** A credential that is taken beside the header, for browsers, which cannot send one here. */
  readonly credential?: "ticket" | "subprotocol";
  readonly parameters?: readonly Parameter[];
  /** Query parameters of an example. */
  readonly example?: Readonly<Record<string, string>>;
  readonly body?: Body;
  readonly answers: Readonly<Record<number, Answer>>;
  /** Beside those that come with its right, its parameters and its body. */
  readonly refusals?: readonly Code[];
}

/** The same below both kinds of channel. */
export function belowChannels(path: string): string[] {
  return [`/v1/rooms/:id${path}`, `/v1/users/:id${path}`];
}
