import type { Inbox } from "../../../support/inbox.ts";
import type { Program } from "../../../support/installed.ts";

/** What a client is given: it is nobody's of ours, so everything is a plain URL. */
export interface Way {
  /** Origin of the service, which stays when the service is restarted. */
  origin: string;
  /** Path of the room, e.g. `/v1/rooms/lobby`. */
  path: string;
  token: string;
  /** For `/events`, in the URL. */
  ticket: string;
}

/** A way to follow a room that somebody else wrote. */
export interface ForeignClient {
  readonly name: string;
  /** What must be on the machine for it. */
  readonly needs?: Program;
  /** Begins to follow the room, from now on, and comes back whenever it is cut, until it is stopped. */
  start(way: Way): Following;
}

export interface Following {
  readonly inbox: Inbox;
  /** What it said about itself, for an error. */
  readonly complaints?: string;
  stop(): void | Promise<void>;
}
