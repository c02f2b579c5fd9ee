/**
 * Everything that may cross a WebSocket, in both directions: two unions, told apart by `type`. A frame is one JSON
 * object in one text frame, except the heartbeat. `test/unit/protocol/golden.test.ts` freezes these shapes.
 */
import type { Code } from "./codes.ts";
import type { Json, JsonObject } from "./json.ts";

/** The number in the subprotocol `edgewire.v1` and in `welcome.protocol`. Within it things are only added. */
export const PROTOCOL = 1;

/** Messages that a connection may ask to see first. */
export const MAX_REWIND = 1000;

/** The heartbeat: the client sends the text `ping`, and gets the text `pong`, which wakes nothing. */
export const PING = "ping";
export const PONG = "pong";

/** A stored message, the same on every transport, now and on replay. (SPEC MSG-1) */
export interface Message {
  readonly seq: number;
  readonly id: string;
  readonly user: string;
  /** ms since 1970. Never decreases within a channel; the order is by `seq` alone. */
  readonly at: number;
  readonly event: string;
  readonly data: Json;
}

export interface Member {
  readonly user: string;
  /** What the member's token says of them: name, avatar. */
  readonly info?: JsonObject;
  /** What the member says of themselves. */
  readonly data: Json;
  /** ms since 1970: since when they have been here without a break. */
  readonly since: number;
  readonly connections: number;
}

export interface MembersPage {
  /** All members, not only those of the page. */
  readonly count: number;
  readonly members: readonly Member[];
  /** Pass it on as `after` for the next page; absent on the last. */
  readonly next?: string;
}

export interface Signal {
  readonly user: string;
  /** Absent when it was sent over HTTP without `connection`. */
  readonly connection?: string;
  readonly event: string;
  readonly data: Json;
  readonly key?: string;
  readonly at: number;
}

export type GapReason = "expired" | "epoch" | "ahead";

export interface Gap {
  /** The cursor that was asked for (or, mid-stream, reached). */
  readonly after: string;
  /** The oldest message still there; null if the log is empty. */
  readonly oldest: string | null;
  readonly reason: GapReason;
}

export interface HistoryPage {
  readonly messages: readonly Message[];
  readonly cursor: string;
  readonly more: boolean;
  readonly oldest: string | null;
  readonly gap: Gap | null;
}

export type PresenceMode = "none" | "count" | "members";
export type AckMode = "single" | "batch";
export type Order = "asc" | "desc";

// ---- client to server

/** With `ref` exactly one `ack` or `error` carries it back. */
interface Referable {
  readonly ref?: string;
}
/** About a channel that was subscribed to on the socket of one's own user channel; without it about the socket's own. */
interface Addressed extends Referable {
  readonly channel?: string;
}
export interface PublishFrame extends Addressed {
  readonly type: "publish";
  readonly id?: string;
  readonly event: string;
  readonly data: Json;
}
export interface SignalFrame extends Addressed {
  readonly type: "signal";
  readonly event: string;
  readonly data: Json;
  readonly key?: string;
}
export interface SetPresenceFrame extends Addressed {
  readonly type: "presence";
  readonly data: Json;
}
export interface MembersFrame extends Addressed {
  readonly type: "members";
  readonly limit?: number;
  readonly after?: string;
}
export interface HistoryFrame extends Addressed {
  readonly type: "history";
  readonly after?: string;
  readonly before?: string;
  readonly limit?: number;
  readonly order?: Order;
}
export interface AuthFrame extends Referable {
  readonly type: "auth";
  readonly token: string;
}
export interface LeaveFrame extends Referable {
  readonly type: "leave";
}
/** On the socket of one's own user channel: another channel's frames too. Again: in the place of the one before. */
export interface SubscribeFrame extends Referable {
  readonly type: "subscribe";
  readonly channel: string;
  /** A cursor to go on after, or how many of the last messages to begin with; neither: from now on. */
  readonly after?: string;
  readonly rewind?: number;
  /** Default: `none`. */
  readonly presence?: PresenceMode;
  /** Default: true. */
  readonly member?: boolean;
  readonly data?: Json;
  /** Default: true. */
  readonly echo?: boolean;
}
export interface UnsubscribeFrame extends Referable {
  readonly type: "unsubscribe";
  readonly channel: string;
}
export type ClientFrame =
  | PublishFrame
  | SignalFrame
  | SetPresenceFrame
  | MembersFrame
  | HistoryFrame
  | AuthFrame
  | LeaveFrame
  | SubscribeFrame
  | UnsubscribeFrame;

// ---- server to client

export interface WelcomeFrame {
  readonly type: "welcome";
  readonly protocol: number;
  readonly channel: string;
  readonly connection: string;
  readonly user: string;
  /** The head of the log at that moment. */
  readonly cursor: string;
  readonly resume: "live" | "replay" | "gap";
  readonly at: number;
  /** When the token ends, ms since 1970; null: never. */
  readonly expires: number | null;
  readonly heartbeat: { readonly every: number; readonly timeout: number };
  readonly limits: WelcomeLimits;
  readonly features: readonly string[];
  readonly presence?: { readonly count: number; readonly members?: readonly Member[]; readonly next?: string };
  /** On a user's channel: messages of others after `read`, a cursor, up to which all is read. */
  readonly unread?: number;
  readonly read?: string;
}
export interface WelcomeLimits {
  /** Bytes of one message's data, of one frame, of a member's data. */
  readonly data: number;
  readonly frame: number;
  readonly presence: number;
  /** Per second; 0: no limit. */
  readonly publish: { readonly rate: number; readonly burst: number };
  readonly signal: { readonly rate: number };
  /** Channels beside its own that may be subscribed to on this connection. */
  readonly subscriptions: number;
}
/** What comes of a channel that was subscribed to says so; without it it is of the socket's own. */
interface OfChannel {
  readonly channel?: string;
}
export interface GapFrame extends Gap, OfChannel {
  readonly type: "gap";
  /** Where the reader stands now, if `oldest` is null: after a clear nothing else names the new epoch. */
  readonly cursor?: string;
}
export interface MessagesFrame extends OfChannel {
  readonly type: "messages";
  readonly messages: readonly Message[];
}
export interface SignalsFrame extends OfChannel {
  readonly type: "signals";
  readonly signals: readonly Signal[];
}
export interface PresenceFrame extends OfChannel {
  readonly type: "presence";
  readonly count: number;
  readonly joined?: readonly Member[];
  readonly left?: readonly { readonly user: string }[];
  readonly updated?: readonly Member[];
}
/** On a user's channel: another device has read. */
export interface ReadFrame extends OfChannel {
  readonly type: "read";
  readonly cursor: string;
  readonly unread: number;
}
/** What the ack brings lies flat beside `ref`. */
export interface AckFrame extends OfChannel {
  readonly type: "ack";
  readonly ref: string;
  readonly [field: string]: unknown;
}
export interface AcksFrame extends OfChannel {
  readonly type: "acks";
  readonly acks: readonly { readonly ref: string; readonly [field: string]: unknown }[];
}
export interface ErrorFrame extends OfChannel {
  readonly type: "error";
  readonly ref?: string;
  /** A `Code`, or one that a later version added: then only its closing matters. */
  readonly code: Code | (string & {});
  readonly message: string;
  /** ms */
  readonly retryAfter?: number;
}
/** A subscription is over, as a socket of its own would have been closed; this one stays open. */
export interface UnsubscribedFrame {
  readonly type: "unsubscribed";
  readonly channel: string;
  /** A close code, and the reason that comes with it. */
  readonly code: number;
  readonly reason: string;
}
/** What the ack of a `subscribe` brings, as a welcome would. */
export type Subscribed = Pick<
  WelcomeFrame,
  "channel" | "connection" | "cursor" | "resume" | "presence" | "unread" | "read"
>;
export type ServerFrame =
  | WelcomeFrame
  | GapFrame
  | MessagesFrame
  | SignalsFrame
  | PresenceFrame
  | ReadFrame
  | AckFrame
  | AcksFrame
  | ErrorFrame
  | UnsubscribedFrame;
