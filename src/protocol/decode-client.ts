/** The door for what clients send: text in, one frame of the union or one failure out. Never throws. */
import { isEvent, isMessageId, parseAddress } from "./address.ts";
import { type Failure, failure } from "./codes.ts";
import { parseCursor } from "./cursor.ts";
import {
  type ClientFrame,
  type HistoryFrame,
  MAX_REWIND,
  type MembersFrame,
  type Order,
  type PresenceMode,
  type PublishFrame,
  type SignalFrame,
  type SubscribeFrame,
} from "./frames.ts";
import { isDeeperThan, isObject, type Json, parseJson } from "./json.ts";

/** Levels of arrays and objects in `data`. (SPEC JSON-2) */
export const MAX_DEPTH = 64;
export const MAX_REF = 64;
/** Messages of a page, at most and if nothing is said; the same for members. */
export const MAX_PAGE = 1000;
export const DEFAULT_PAGE = 100;

export type Decoded = { ok: true; frame: ClientFrame } | { ok: false; failure: Failure; ref?: string };

type Fields = Record<string, unknown>;
/** The frame without its `ref`, or what is wrong with it. */
type Reading<Frame> = Frame | Failure;

/** Decodes one text frame (not `ping`, which the runtime answers). Unknown fields are ignored. (SPEC FRAME-1 to 4) */
export function decodeClientFrame(text: string): Decoded {
  const value = parseJson(text);
  if (value === undefined) return { ok: false, failure: failure("bad_json", "The frame is not JSON.") };
  if (!isObject(value)) return { ok: false, failure: failure("bad_request", "A frame is one JSON object.") };
  const ref = value.ref;
  if (ref !== undefined && (typeof ref !== "string" || ref.length > MAX_REF))
    return { ok: false, failure: failure("bad_request", `"ref" must be a string of at most ${MAX_REF} characters.`) };
  const reader = typeof value.type === "string" ? READERS.get(value.type) : undefined;
  const frame = addressed(value, reader?.(value) ?? failure("bad_request", `"type" must be one of ${KNOWN_TYPES}.`));
  if ("code" in frame) return ref === undefined ? { ok: false, failure: frame } : { ok: false, failure: frame, ref };
  return { ok: true, frame: ref === undefined ? frame : { ...frame, ref } };
}

/** With the channel that the frame is about, if it says one. `auth` and `leave` are about the whole socket. */
function addressed({ channel }: Fields, frame: Reading<ClientFrame>): Reading<ClientFrame> {
  if (channel === undefined || "code" in frame || frame.type === "auth" || frame.type === "leave") return frame;
  return isAddress(channel) ? { ...frame, channel } : NO_ADDRESS;
}

const NO_ADDRESS = failure("bad_id", '"channel" must be an address, "room:<id>" or "user:<id>".');

function isAddress(channel: unknown): channel is string {
  return typeof channel === "string" && parseAddress(channel) !== null;
}

/** Reads what a message is made of, in a frame as in an HTTP body. */
export function readPublish(fields: Fields): Reading<PublishFrame> {
  const { id, event = "message", data } = fields;
  if (id !== undefined && !(typeof id === "string" && isMessageId(id)))
    return failure("bad_request", '"id" must be 1 to 64 printable ASCII characters.');
  const wrong = wrongEvent(event) ?? wrongData(data);
  if (wrong !== null) return wrong;
  const frame = { type: "publish", event: event as string, data: data as Json } as const;
  return id === undefined ? frame : { ...frame, id: id as string };
}

/** Reads what a signal is made of, in a frame as in an HTTP body. */
export function readSignal(fields: Fields): Reading<SignalFrame> {
  const { event, data, key } = fields;
  const wrong = wrongEvent(event) ?? wrongData(data);
  if (wrong !== null) return wrong;
  if (key !== undefined && !(typeof key === "string" && isMessageId(key)))
    return failure("bad_request", '"key" must be 1 to 64 printable ASCII characters.');
  const frame = { type: "signal", event: event as string, data: data as Json } as const;
  return key === undefined ? frame : { ...frame, key: key as string };
}

function wrongEvent(event: unknown): Failure | null {
  return typeof event === "string" && isEvent(event)
    ? null
    : failure("bad_request", '"event" must be 1 to 64 of A-Za-z0-9_.:- and not start with "edgewire.".');
}

/** What is wrong with `data` as a value of its own, whatever its size. */
export function wrongData(data: unknown): Failure | null {
  if (data === undefined) return failure("bad_request", '"data" is missing; null is allowed.');
  if (isDeeperThan(MAX_DEPTH, data)) return failure("bad_json", `"data" nests deeper than ${MAX_DEPTH} levels.`);
  return null;
}

function readMembers({ limit, after }: Fields): Reading<MembersFrame> {
  if (limit !== undefined && !isWholeNumber(limit, 0, MAX_PAGE))
    return failure("bad_request", `"limit" must be a whole number from 0 to ${MAX_PAGE}.`);
  if (after !== undefined && typeof after !== "string")
    return failure("bad_request", '"after" must be a string: the "next" of the page before.');
  return {
    type: "members",
    ...(limit === undefined ? {} : { limit: limit as number }),
    ...(after === undefined ? {} : { after: after as string }),
  };
}

function readHistory({ after, before, limit, order }: Fields): Reading<HistoryFrame> {
  for (const cursor of [after, before])
    if (cursor !== undefined && !(typeof cursor === "string" && parseCursor(cursor) !== null))
      return failure("bad_cursor", 'A cursor is "<epoch>-<seq>", as the service gave it.');
  if (limit !== undefined && !isWholeNumber(limit, 1, MAX_PAGE))
    return failure("bad_request", `"limit" must be a whole number from 1 to ${MAX_PAGE}.`);
  if (order !== undefined && order !== "asc" && order !== "desc")
    return failure("bad_request", '"order" must be "asc" or "desc".');
  return {
    type: "history",
    ...(after === undefined ? {} : { after: after as string }),
    ...(before === undefined ? {} : { before: before as string }),
    ...(limit === undefined ? {} : { limit: limit as number }),
    ...(order === undefined ? {} : { order: order as Order }),
  };
}

function readSubscribe(fields: Fields): Reading<SubscribeFrame> {
  const { channel, after, rewind, presence, member, data, echo } = fields;
  if (!isAddress(channel)) return NO_ADDRESS;
  if (after !== undefined && rewind !== undefined)
    return failure("bad_request", '"after" and "rewind" exclude each other.');
  if (after !== undefined && !(typeof after === "string" && parseCursor(after) !== null))
    return failure("bad_cursor", 'A cursor is "<epoch>-<seq>", as the service gave it.');
  if (rewind !== undefined && !isWholeNumber(rewind, 0, MAX_REWIND))
    return failure("bad_request", `"rewind" must be a whole number from 0 to ${MAX_REWIND}.`);
  if (presence !== undefined && presence !== "none" && presence !== "count" && presence !== "members")
    return failure("bad_request", '"presence" must be "none", "count" or "members".');
  for (const flag of [member, echo])
    if (flag !== undefined && typeof flag !== "boolean")
      return failure("bad_request", '"member" and "echo" must be true or false.');
  const wrong = data === undefined ? null : wrongData(data);
  if (wrong !== null) return wrong;
  return {
    type: "subscribe",
    channel,
    ...(after === undefined ? {} : { after: after as string }),
    ...(rewind === undefined ? {} : { rewind: rewind as number }),
    ...(presence === undefined ? {} : { presence: presence as PresenceMode }),
    ...(member === undefined ? {} : { member: member as boolean }),
    ...(data === undefined ? {} : { data: data as Json }),
    ...(echo === undefined ? {} : { echo: echo as boolean }),
  };
}

function isWholeNumber(value: unknown, least: number, most: number): boolean {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
}

// A Map, not an object: a frame of type "__proto__" or "constructor" must find nothing.
const READERS = new Map<string, (fields: Fields) => Reading<ClientFrame>>([
  ["publish", readPublish],
  ["signal", readSignal],
  ["presence", ({ data }) => wrongData(data) ?? { type: "presence", data: data as Json }],
  ["members", readMembers],
  ["history", readHistory],
  [
    "auth",
    ({ token }) =>
      typeof token === "string" ? { type: "auth", token } : failure("bad_request", '"token" must be a string.'),
  ],
  ["leave", () => ({ type: "leave" })],
  ["subscribe", readSubscribe],
  ["unsubscribe", ({ channel }) => (isAddress(channel) ? { type: "unsubscribe", channel } : NO_ADDRESS)],
]);
const KNOWN_TYPES = [...READERS.keys()].map((type) => `"${type}"`).join(", ");
