/** What the core asks of the world: the object in production, a simulation in tests. */
import type { Code, Failure } from "../protocol/codes.ts";
import type { MembersPage } from "../protocol/frames.ts";
import type { Identity } from "./identity.ts";
import type { Draft } from "./publish.ts";
import type { Session } from "./session.ts";
import type { Addressed } from "./subscriptions.ts";

/** Work that is put off, each kind at most once at a time. */
export type Task = "flush" | "replay" | "presence" | "backlog";

export interface Host {
  /** Runs the channel's `run(task)` after `ms`; ignored if that task is already put off. */
  later(task: Task, ms: number): void;
  /** When the channel's deadlines are due may have changed. */
  deadlinesChanged(): void;
  /**
   * What the application makes of a message; null: it has no say. `then` is called once, at once or later; until then
   * the session's further frames are held back.
   */
  readonly review:
    | ((draft: Draft, session: Session, then: (verdict: Draft | Failure, now: number) => void) => void)
    | null;
  /**
   * Takes a session's frame that is about another channel: null, or why not, or JSON fields of its ack. Null: no session has
   * subscriptions here.
   */
  readonly elsewhere:
    | ((session: Session, frame: Addressed, text: string, now: number) => Failure | string | null)
    | null;
  /** A connection was ended that did not ask for it. */
  ended(session: Session, code: Code, closeCode: number): void;
  /** A connection is over, however it came to that. `left`: its user is not expected back. */
  gone(session: Session, left: boolean, now: number): void;
  /** Members of all nodes of the channel after the user id `after`: for one that has others. */
  members(limit: number, after: string, then: (page: MembersPage, now: number) => void): void;
  /** The last connection of a user has gone. */
  departed(identity: Identity, now: number): void;
  /** A session has other rights now, by another token. */
  renewed(session: Session, now: number): void;
  /** Who a token says it is; null if it is not valid. */
  verify(token: string): Promise<Identity | null>;
  /** 128 random bits or more, as text. */
  randomId(): string;
}
