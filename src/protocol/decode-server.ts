/**
 * The door for what the service sends, used by the clients. A newer service may send types, fields and codes that
 * this one does not know: those are no error. (SPEC GROW-1)
 */
import type { ServerFrame } from "./frames.ts";
import { isObject, parseJson } from "./json.ts";

type Check = (value: unknown) => boolean;

export type ServerDecoded =
  | { readonly kind: "frame"; readonly frame: ServerFrame }
  /** A type added after this client was made: ignore it. */
  | { readonly kind: "unknown" }
  /** Not this protocol at all, or damaged: the connection cannot be trusted. */
  | { readonly kind: "broken"; readonly reason: string };

const text: Check = (value) => typeof value === "string";
const count: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const size: Check = (value) => typeof value === "number" && value >= 0;
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const shape = (fields: Record<string, Check>): Check => {
  const checks = Object.entries(fields);
  return (value) => isObject(value) && checks.every(([name, check]) => check(value[name]));
};
const anything: Check = (value) => value !== undefined;

const said = { user: text, event: text, data: anything, at: count };
const people = optional(listOf(shape({ user: text, data: anything })));
/** Of a welcome, of a frame, and of the answer to a poll. */
const presence = shape({
  count,
  members: people,
  next: optional(text),
  joined: people,
  left: optional(listOf(shape({ user: text }))),
  updated: people,
});
const acked = shape({ ref: text });

// Only what a client builds on is checked.
const SHAPES: Readonly<Record<string, Check>> = {
  welcome: shape({
    connection: text,
    user: text,
    cursor: text,
    resume: text,
    at: count,
    expires: orNull(count),
    heartbeat: shape({ every: count }),
    limits: shape({ data: size, publish: shape({ rate: size, burst: size }), signal: shape({ rate: size }) }),
    presence: optional(presence),
    unread: optional(count),
    read: optional(text),
  }),
  gap: shape({ oldest: orNull(text), cursor: optional(text) }),
  messages: shape({ messages: listOf(shape({ ...said, seq: count, id: text })) }),
  signals: shape({ signals: listOf(shape(said)) }),
  presence,
  read: shape({ cursor: text, unread: count }),
  ack: acked,
  acks: shape({ acks: listOf(acked) }),
  unsubscribed: shape({ channel: text, code: count, reason: text }),
  error: shape({ ref: optional(text), code: text, message: text, retryAfter: optional(size) }),
};

/** Decodes one text frame from the service (not `pong`). Never throws. */
export function decodeServerFrame(frameText: string): ServerDecoded {
  return checkServerFrame(parseJson(frameText));
}

/** The same for what is parsed already, as the parts of an answer to a poll. */
export function checkServerFrame(value: unknown): ServerDecoded {
  const type = isObject(value) ? value.type : undefined;
  if (typeof type === "string" && !Object.hasOwn(SHAPES, type)) return { kind: "unknown" };
  if (SHAPES[type as string]?.(value)) return { kind: "frame", frame: value as ServerFrame };
  return { kind: "broken", reason: "Not of this protocol." };
}
