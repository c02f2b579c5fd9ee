/**
 * The parameters of requests: how the edge reads each (`http/query.ts`), and what the OpenAPI document says of it. One
 * object for both, so that they cannot differ.
 */
import { DEFAULT_PAGE, MAX_PAGE } from "../protocol/decode-client.ts";
import { MAX_REWIND } from "../protocol/frames.ts";
import { MOST_STREAMED } from "./limits.ts";

interface Described {
  /** In the URL; of a header in small letters. */
  readonly name: string;
  readonly about: string;
}

export interface WholeNumberParameter extends Described {
  readonly type: "wholeNumber";
  readonly least: number;
  readonly most: number;
  /** If it is not given. */
  readonly default?: number;
}

export interface ChoiceParameter extends Described {
  readonly type: "choice";
  readonly choices: readonly string[];
  readonly default?: string;
}

export interface TextParameter extends Described {
  readonly type: "cursor" | "id" | "messageId" | "json" | "text";
  readonly isRequired?: true;
  readonly isHeader?: true;
}

/** One that may be given several times. */
export interface ListParameter extends Described {
  readonly type: "list";
  readonly most: number;
}

export type Parameter = WholeNumberParameter | ChoiceParameter | TextParameter | ListParameter;

/** A switch. */
const FLAG = ["0", "1"] as const;

// ---- where to begin, and how much

export const AFTER = {
  name: "after",
  type: "cursor",
  about: "What comes after this position, exclusive: a cursor as the service gave it.",
} as const satisfies Parameter;

export const BEFORE = {
  name: "before",
  type: "cursor",
  about: "What comes before this position, exclusive.",
} as const satisfies Parameter;

export const FROM = {
  name: "from",
  type: "wholeNumber",
  least: 0,
  most: Number.MAX_SAFE_INTEGER,
  about: "Not older than this: ms since 1970, inclusive.",
} as const satisfies Parameter;

export const TO = {
  name: "to",
  type: "wholeNumber",
  least: 0,
  most: Number.MAX_SAFE_INTEGER,
  about: "Not younger than this: ms since 1970, inclusive.",
} as const satisfies Parameter;

export const LIMIT = {
  name: "limit",
  type: "wholeNumber",
  least: 1,
  most: MAX_PAGE,
  default: DEFAULT_PAGE,
  about: "Messages on the page, at most.",
} as const satisfies Parameter;

export const ORDER = {
  name: "order",
  type: "choice",
  choices: ["asc", "desc"],
  default: "asc",
  about: "Sorts the page, and changes nothing else.",
} as const satisfies Parameter;

export const REWIND = {
  name: "rewind",
  type: "wholeNumber",
  least: 0,
  most: MAX_REWIND,
  about: "Begin so many messages before the head. Needs `history`; not together with `after`.",
} as const satisfies Parameter;

export const TIMEOUT = {
  name: "timeout",
  type: "wholeNumber",
  least: 0,
  most: 60,
  default: 25,
  about: "Seconds to wait if there is nothing.",
} as const satisfies Parameter;

export const LAST_EVENT_ID = {
  name: "last-event-id",
  type: "cursor",
  isHeader: true,
  about: "What EventSource sends when it comes back: goes before `after` and `rewind`.",
} as const satisfies Parameter;

export const CHANNELS = {
  name: "channel",
  type: "list",
  most: MOST_STREAMED,
  about:
    "In one's own inbox: another channel that is followed too, `<address>@<cursor>`, or `<address>` alone from now on. " +
    "(SPEC SUB-11)",
} as const satisfies Parameter;

// ---- what to be told, and as what to be there

export const PRESENCE = {
  name: "presence",
  type: "choice",
  choices: ["none", "count", "members"],
  default: "none",
  about: "What to be told of who is there. Anything but `none` needs the right `presence`.",
} as const satisfies Parameter;

/** Whoever opens a socket is there; whoever reads a stream or polls may be a page in the background. */
export const MEMBER_OF_SOCKET = {
  name: "member",
  type: "choice",
  choices: FLAG,
  default: "1",
  about: "Whether to be a member; `1`, if given, needs the right `presence`.",
} as const satisfies Parameter;

export const MEMBER_OF_STREAM = { ...MEMBER_OF_SOCKET, default: "0" } as const satisfies Parameter;

export const DATA = {
  name: "data",
  type: "json",
  about: "What the member says of themselves: JSON, at most `MEMBER_DATA_BYTES`.",
} as const satisfies Parameter;

export const ECHO = {
  name: "echo",
  type: "choice",
  choices: FLAG,
  default: "1",
  about: "`0`: not to get back what this connection publishes.",
} as const satisfies Parameter;

export const ACKS = {
  name: "acks",
  type: "choice",
  choices: ["single", "batch"],
  default: "single",
  about: "`batch`: the acks of one flush come in one frame.",
} as const satisfies Parameter;

export const NAMED = {
  name: "named",
  type: "choice",
  choices: FLAG,
  default: "0",
  about: "`1`: a message comes under its own event's name.",
} as const satisfies Parameter;

export const SIGNALS = {
  name: "signals",
  type: "choice",
  choices: FLAG,
  default: "0",
  about: "`1`: signals are an answer too.",
} as const satisfies Parameter;

// ---- who

/** A credential: no route lists it, the one that takes it says so by its `right`. */
export const TICKET = {
  name: "ticket",
  type: "text",
  about: "From `POST /v1/tickets`, where no header can be sent. `Authorization` goes before it.",
} as const satisfies Parameter;

export const USER = {
  name: "user",
  type: "id",
  about: "Whom the `API_KEY` acts for. A token may name its own user only.",
} as const satisfies Parameter;

export const WHOSE = {
  name: "user",
  type: "id",
  about: "Whose connections; those of all without it.",
} as const satisfies Parameter;

export const CONNECTION = {
  name: "connection",
  type: "text",
  about:
    "Which of one's own connections sends: it gets no echo of it, if it wants none. One that is not there is as if it were not given.",
} as const satisfies Parameter;

export const READER = {
  name: "connection",
  type: "text",
  about: "Which of one's own connections reads: all others are told.",
} as const satisfies Parameter;

export const POLLING = {
  name: "connection",
  type: "text",
  about: "The `connection` of the answer before: then this poll is the same connection.",
} as const satisfies Parameter;

export const MEMBERSHIP = {
  name: "connection",
  type: "text",
  isRequired: true,
  about: "Which of one's own connections, over SSE or poll, is the member.",
} as const satisfies Parameter;

export const MEMBERS_LIMIT = {
  name: "limit",
  type: "wholeNumber",
  least: 0,
  most: MAX_PAGE,
  default: DEFAULT_PAGE,
  about: "Members on the page, at most; 0: the count alone.",
} as const satisfies Parameter;

export const MEMBERS_AFTER = {
  name: "after",
  type: "text",
  about: "The `next` of the page before.",
} as const satisfies Parameter;

export const IDEMPOTENCY_KEY = {
  name: "idempotency-key",
  type: "messageId",
  isHeader: true,
  about: "The `id` of a single message, where a body cannot carry one. If both are there they must be the same.",
} as const satisfies Parameter;
