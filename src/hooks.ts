/**
 * The one file that an application edits: what it wants to say about connections and messages before they are let in.
 * Hooks run in the channel's object, may be async, and may look things up. They cannot break the order: a connection's
 * later frames wait until its earlier ones are through. (SPEC HOOK-1 to HOOK-4)
 */
import type { Json, JsonObject } from "./protocol/json.ts";

/** Who is asking, as the edge has verified it. */
export interface Who {
  /** `room:lobby` */
  readonly channel: string;
  readonly user: string;
  /** `server`: the `API_KEY`; `guest`: nobody has vouched for the name. */
  readonly kind: "user" | "guest" | "server";
  /** The token's claim. Null without one, and for a message when the connection has slept since it came. */
  readonly info: JsonObject | null;
}

export interface HookMessage {
  readonly event: string;
  readonly data: Json;
}

/** The sentence is shown to the one who asked, with the code `forbidden`. */
export interface HookRefusal {
  readonly refuse: string;
}

type Awaitable<Value> = Value | Promise<Value>;

export interface Hooks {
  /**
   * Called for every message, over every transport, before it is stored. Returns it, changed if need be, or a refusal.
   * A retry of a message comes here again, so do nothing that must happen once. If it throws, or takes more than 10 s,
   * the publisher gets the error `internal` and nothing is stored.
   */
  beforePublish?(message: HookMessage, who: Who): Awaitable<HookMessage | HookRefusal>;
  /** Called before a connection is let in. If it throws, or takes more than 10 s, the connection is refused (503). */
  onConnect?(who: Who): Awaitable<HookRefusal | undefined>;
}

export const hooks: Hooks = {};
