/** What passes between the edge and a channel's object. */
import type { HistoryQuery } from "../core/history.ts";
import type { Identity } from "../core/identity.ts";
import type { InboxState } from "../core/inbox.ts";
import type { AuthoredDraft } from "../core/request.ts";
import type { ConnectOptions, Transport } from "../core/session.ts";
import type { SignalDraft } from "../core/signals.ts";
import type { Failure } from "../protocol/codes.ts";
import type { Cursor } from "../protocol/cursor.ts";
import type { MembersPage, SubscribeFrame } from "../protocol/frames.ts";
import type { Json } from "../protocol/json.ts";
import type { RelayPlace } from "../protocol/relay.ts";
import type { LinkAnswer, LinkBatch, LinkCall, LinkReceipt } from "./links/calls.ts";
import type { TailPage, UpAnswer, UpCall } from "./relays/calls.ts";
import type { Usage } from "./usage.ts";

/** What a request is answered: a value, or what went wrong. */
export type Outcome<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly failure: Failure };

/** Who connects and how, as the edge has checked it: in a header of a request that only the edge makes. */
export interface ConnectFacts {
  readonly identity: Identity;
  readonly options: ConnectOptions;
  /** Near whom the user's own object is to be made, if this is the first that is heard of them. */
  readonly hint?: DurableObjectLocationHint | undefined;
  /** Of a user in their own channel: what they may do in whichever other, so that they can follow it here. */
  readonly grants?: Grants | undefined;
  /** What it follows from the beginning. */
  readonly follow?: readonly SubscribeFrame[];
  /** Relays of the room that have just not taken the connection. */
  readonly avoid?: readonly RelayPlace[];
  /** The object is to take it itself, however many it holds. */
  readonly isDirect?: boolean;
}
/** With which a room that holds connections enough answers one more: a plan (`RelayPlan`) in place of a socket. */
export const PLAN_STATUS = 300;
/** What a token grants, by patterns; `all`: it is the server's key. */
export type Grants = Readonly<Record<string, unknown>> | "all";
export const FACTS_HEADER = "edgewire-facts";

/** A connection of a user, as the channel that holds it knows it. */
export interface HeldConnection {
  readonly connection: string;
  readonly transport: Transport;
  /** ms */
  readonly since: number;
}

export interface Whereabouts extends HeldConnection {
  readonly channel: string;
}

export interface WhereaboutsIn {
  readonly connections: HeldConnection[];
  /** One more is just being let in. */
  readonly isEntering: boolean;
  /** Without any: when the last ended, as well as the channel knows; ms. */
  readonly goneAt: number;
}

/** What a log-out has come to in one channel. */
export interface Revoked {
  readonly closed: number;
  /** They are still there, or just being let in. */
  readonly isLeft: boolean;
  /** As in `WhereaboutsIn`. */
  readonly goneAt: number;
}

export interface PersonPresence {
  readonly online: boolean;
  /** ms: now while online; null: never. */
  readonly lastSeen: number | null;
}

/** The short calls that the edge makes. Written out, because the types that the platform derives grow without end. */
export interface ChannelRpc {
  /** Publishes all or none. The results are JSON objects, one a draft, once all of them are written. */
  publish(
    identity: Identity,
    drafts: AuthoredDraft[],
    connection: string | null,
  ): Promise<Outcome<{ results: string[]; isNew: boolean }>>;
  /** @param identity who asks, here and below: one whose token is revoked is refused */
  signal(identity: Identity, signal: SignalDraft, connection: string | null): Promise<Outcome<null>>;
  /** The value is the page as JSON text. */
  history(identity: Identity, query: HistoryQuery): Promise<Outcome<string>>;
  members(identity: Identity, limit: number, after: string): Promise<Outcome<MembersPage>>;
  /** For a connection that cannot send frames. */
  setMemberData(identity: Identity, connection: string, isPoll: boolean, data: Json): Promise<Outcome<null>>;
  clear(identity: Identity): Promise<Outcome<null>>;
  /** The value is how many connections were closed. */
  kick(identity: Identity, user: string | null): Promise<Outcome<number>>;
  erase(identity: Identity): Promise<Outcome<null>>;
  /** How many are members, for whoever has been checked already. */
  count(): Promise<number>;
  /** What the object has done since it woke. */
  usage(): Promise<Usage>;

  // Between objects.
  /** Where a user is connected in this channel. */
  whereabouts(user: string): Promise<WhereaboutsIn>;
  /** The user's tokens up to that second are refused: ends what they have open by one. */
  revoke(user: string, second: number): Promise<Revoked>;
  /** From a user's object: what a subscription there does here. */
  link(call: LinkCall): Promise<LinkAnswer>;
}

/** At the other end of a link. */
export interface LinkedRpc {
  /** From a channel: what happened there, for the subscriptions here. */
  deliver(batch: LinkBatch): Promise<LinkReceipt>;
}

/** What a room does for its relays. */
export interface RoomRpc extends ChannelRpc {
  up(call: UpCall): Promise<UpAnswer>;
  /** The messages before that place; null: only where the log stands. */
  logBefore(before: Cursor | null): Promise<TailPage>;
  /** As `history`, for a connection of a relay, which was checked there: at most so many bytes of messages. */
  page(query: HistoryQuery, mostBytes: number): Promise<string>;
}

export interface RelayRpc extends ChannelRpc, LinkedRpc {}

/** What only a user's object can do. */
export interface UserRpc extends ChannelRpc, LinkedRpc {
  /** See `person.ts`. */
  enter(channel: string, at: number, token: { issuedAt: number | null } | null): Promise<number | null>;
  left(channel: string, at: number): Promise<void>;
  tokensBefore(): Promise<number | null>;
  presence(): Promise<PersonPresence>;
  /** Everywhere. */
  allWhereabouts(identity: Identity): Promise<Outcome<{ connections: Whereabouts[]; lastSeen: number | null }>>;
  /** The value is how many connections were closed. */
  logOut(identity: Identity): Promise<Outcome<number>>;
  read(identity: Identity, cursor: Cursor, connection: string | null): Promise<Outcome<InboxState>>;
}
