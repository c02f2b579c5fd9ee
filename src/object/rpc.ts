/** What passes between the edge and a channel's object. */
import type { HistoryQuery } from "../core/history.ts";
import type { Identity } from "../core/identity.ts";
import type { AuthoredDraft } from "../core/request.ts";
import type { ConnectOptions } from "../core/session.ts";
import type { SignalDraft } from "../core/signals.ts";
import type { Failure } from "../protocol/codes.ts";
import type { MembersPage } from "../protocol/frames.ts";
import type { Json } from "../protocol/json.ts";

/** What a request is answered: a value, or what went wrong. */
export type Outcome<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly failure: Failure };

/** Who connects and how, as the edge has checked it: in a header of a request that only the edge makes. */
export interface ConnectFacts {
  readonly identity: Identity;
  readonly options: ConnectOptions;
}
export const FACTS_HEADER = "edgewire-facts";

/** The short calls that the edge makes. Written out, because the types that the platform derives grow without end. */
export interface ChannelRpc {
  /** Publishes all or none. The results are JSON objects, one a draft, once all of them are written. */
  publish(
    identity: Identity,
    drafts: AuthoredDraft[],
    connection: string | null,
  ): Promise<Outcome<{ results: string[]; isNew: boolean }>>;
  signal(identity: Identity, signal: SignalDraft, connection: string | null): Promise<Outcome<null>>;
  /** The value is the page as JSON text. */
  history(query: HistoryQuery): Promise<Outcome<string>>;
  members(limit: number, after: string): Promise<Outcome<MembersPage>>;
  /** For a connection that cannot send frames. */
  setMemberData(identity: Identity, connection: string, isPoll: boolean, data: Json): Promise<Outcome<null>>;
  clear(): Promise<Outcome<null>>;
  /** The value is how many connections were closed. */
  kick(user: string | null): Promise<Outcome<number>>;
  erase(): Promise<Outcome<null>>;
}
