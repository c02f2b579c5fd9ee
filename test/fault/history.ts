/**
 * A recorded history: what each client did and saw, one JSON line an event, written in the application's callback. All
 * that the checker knows of a run; it knows nothing of the service's inside.
 */

interface Written {
  /** ms, by one clock for all clients. */
  readonly t: number;
  /** Who wrote it: a client's name, or `driver`. All connections of one client are one chain. */
  readonly client: string;
}

/** What the run was set up with; ms where nothing else is said. Comes first. */
export interface RunEvent extends Written {
  readonly type: "run";
  readonly retention: { readonly messages: number; readonly age: number; readonly bytes: number } | null;
  /** By how much an event may be late on its way, while nothing is held up on purpose. */
  readonly slack: number;
  readonly grace: number;
  readonly timeout: number;
  readonly sweep: number;
  /** How long a connection may stand still while the head moves on. */
  readonly patience: number;
}

/** `wipe`, `clear` and `erase` begin a new log. `restore`: an older one is back. */
export interface FaultEvent extends Written {
  readonly type: "fault";
  readonly kind: string;
  /** Whose log it was; without it all of them. */
  readonly channel?: string;
  /** How often it may have been done, if it was tried again on the way. Default: 1. */
  readonly most?: number;
}

/** The last fault is over. */
export interface HealEvent extends Written {
  readonly type: "heal";
}

/** A text that stands in messages of that channel only. */
export interface CanaryEvent extends Written {
  readonly type: "canary";
  readonly channel: string;
  /** Must match `CANARY`. */
  readonly text: string;
}

/** From now on the user may read the channel. `until`: ms; null: for ever. */
export interface GrantEvent extends Written {
  readonly type: "grant";
  readonly user: string;
  readonly channel: string;
  readonly until: number | null;
}

/** What the user was granted up to a moment is void, in one channel or in all. */
export interface RevokeEvent extends Written {
  readonly type: "revoke";
  readonly user: string;
  /** ms: what was granted later stays. */
  readonly upTo: number;
  readonly channel?: string;
}

/** One try to publish. Its end is an `ok`, a `fail`, or nothing: then it is not known. */
export interface SendEvent extends Written {
  readonly type: "send";
  /** Unique in the history. */
  readonly op: string;
  readonly channel: string;
  readonly user: string;
  /** Null: the service makes one up; then the data must come only once in the history. */
  readonly id: string | null;
  readonly data: unknown;
  readonly over: "ws" | "http";
  /** The connection by which its frame goes, or that a request names as its own; null: none. */
  readonly connection: string | null;
}

export interface OkEvent extends Written {
  readonly type: "ok";
  readonly op: string;
  readonly id: string;
  readonly at: number;
  readonly cursor: string;
  readonly duplicate: boolean;
}

/** Refused: it was not taken, and never will be. */
export interface FailEvent extends Written {
  readonly type: "fail";
  readonly op: string;
  readonly code: string;
}

export interface ConnectEvent extends Written {
  readonly type: "connect";
  /** Unique in the history. */
  readonly connection: string;
  readonly channel: string;
  readonly user: string;
  readonly transport: "ws" | "sse" | "poll";
  /** Where to go on; null: anew, from the head or with `rewind`. */
  readonly after: string | null;
  readonly rewind: number | null;
  readonly member: boolean;
  readonly presence: boolean;
  readonly echo: boolean;
}

export interface WelcomeEvent extends Written {
  readonly type: "welcome";
  readonly connection: string;
  /** Null, both: the client's library says that it is connected, and no more. */
  readonly cursor: string | null;
  readonly resume: "live" | "replay" | "gap" | null;
  /** With `presence`: the users. */
  readonly members?: readonly string[];
}

export interface MessageEvent extends Written {
  readonly type: "message";
  readonly connection: string;
  /** Its JSON as it came over the wire. */
  readonly text: string;
}

export interface GapEvent extends Written {
  readonly type: "gap";
  readonly connection: string;
  readonly after: string;
  readonly oldest: string | null;
  readonly reason: string;
  readonly cursor?: string;
}

/** The transport says where the reader stands: the `id` of an event, the `cursor` of a poll. */
export interface AtEvent extends Written {
  readonly type: "at";
  readonly connection: string;
  readonly cursor: string;
}

export interface PresenceEvent extends Written {
  readonly type: "presence";
  readonly connection: string;
  readonly joined: readonly string[];
  readonly left: readonly string[];
  readonly updated: readonly string[];
}

/** Something else came: a `pong`, a comment. */
export interface SignEvent extends Written {
  readonly type: "sign";
  readonly connection: string;
}

/** The connection is over, as its client sees it. */
export interface CloseEvent extends Written {
  readonly type: "close";
  readonly connection: string;
  readonly code: number;
}

/** From now on nothing of this connection reaches the service, and nobody tells it. */
export interface VanishEvent extends Written {
  readonly type: "vanish";
  readonly connection: string;
}

/** The client follows no longer. */
export interface StopEvent extends Written {
  readonly type: "stop";
}

/** Asks for a page of the history, `after` a cursor or (null) the newest. */
export interface ReadEvent extends Written {
  readonly type: "read";
  readonly op: string;
  readonly user: string;
  readonly channel: string;
  readonly after: string | null;
}

export interface PageEvent extends Written {
  readonly type: "page";
  readonly op: string;
  readonly messages: readonly string[];
  readonly cursor: string;
  readonly more: boolean;
  readonly oldest: string | null;
  readonly gap: { readonly after: string; readonly oldest: string | null; readonly reason: string } | null;
  /** Read when all was over: these pages together are the log. */
  readonly final: boolean;
}

/** Who is there, when all was over. */
export interface MembersEvent extends Written {
  readonly type: "members";
  readonly channel: string;
  readonly users: readonly string[];
}

/** Anything else that a client was sent; searched for what is not theirs. */
export interface RawEvent extends Written {
  readonly type: "raw";
  readonly user: string;
  readonly text: string;
}

export type HistoryEvent =
  | RunEvent
  | FaultEvent
  | HealEvent
  | CanaryEvent
  | GrantEvent
  | RevokeEvent
  | SendEvent
  | OkEvent
  | FailEvent
  | ConnectEvent
  | WelcomeEvent
  | MessageEvent
  | GapEvent
  | AtEvent
  | PresenceEvent
  | SignEvent
  | CloseEvent
  | VanishEvent
  | StopEvent
  | ReadEvent
  | PageEvent
  | MembersEvent
  | RawEvent;

/** What a canary looks like, so that all of them are found in one pass. */
export const CANARY = /canary-[0-9a-z]{12}/g;

/** The events of one or more recordings, in the order of their time. */
export function parseHistory(...recordings: string[]): HistoryEvent[] {
  const events = recordings.flatMap((lines) =>
    lines
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as HistoryEvent),
  );
  return events.sort((a, b) => a.t - b.t); // stable: what one process wrote stays in order
}
