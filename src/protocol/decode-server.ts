/**
 * The door for what the service sends, used by the clients. A newer service may send types, fields and codes that
 * this one does not know: those are no error. (SPEC GROW-1)
 */
import type { ServerFrame } from "./frames.ts";
import { isObject, parseJson } from "./json.ts";

type Fields = Record<string, unknown>;
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

const member = shape({ user: text, data: anything, since: count, connections: count });
const acked = shape({ ref: text });

// Only what a client builds on is checked.
const SHAPES = new Map<string, Check>([
  [
    "welcome",
    shape({
      connection: text,
      user: text,
      cursor: text,
      resume: text,
      at: count,
      expires: orNull(count),
      heartbeat: shape({ every: count }),
      limits: shape({ data: size, publish: shape({ rate: size, burst: size }), signal: shape({ rate: size }) }),
      presence: optional(shape({ count, members: optional(listOf(member)), next: optional(text) })),
      unread: optional(count),
      read: optional(text),
    }),
  ],
  ["gap", shape({ after: text, oldest: orNull(text), reason: text, cursor: optional(text) })],
  [
    "messages",
    shape({ messages: listOf(shape({ seq: count, id: text, user: text, at: count, event: text, data: anything })) }),
  ],
  ["signals", shape({ signals: listOf(shape({ user: text, event: text, data: anything, at: count })) })],
  [
    "presence",
    shape({
      count,
      joined: optional(listOf(member)),
      left: optional(listOf(shape({ user: text }))),
      updated: optional(listOf(member)),
      // Over poll: all of them, at its start.
      members: optional(listOf(member)),
      next: optional(text),
    }),
  ],
  ["read", shape({ cursor: text, unread: count })],
  ["ack", acked],
  ["acks", shape({ acks: listOf(acked) })],
  ["error", shape({ ref: optional(text), code: text, message: text, retryAfter: optional(size) })],
]);

/** Decodes one text frame from the service (not `pong`). Never throws. */
export function decodeServerFrame(frameText: string): ServerDecoded {
  return checkServerFrame(parseJson(frameText));
}

/** The same for what is parsed already, as the parts of an answer to a poll. */
export function checkServerFrame(value: unknown): ServerDecoded {
  if (!isObject(value) || typeof value.type !== "string")
    return { kind: "broken", reason: "The frame is not a JSON object with a type." };
  const check = SHAPES.get((value as Fields & { type: string }).type);
  if (check === undefined) return { kind: "unknown" };
  if (!check(value)) return { kind: "broken", reason: `A frame of type "${value.type}" lacks what it must have.` };
  return { kind: "frame", frame: value as unknown as ServerFrame };
}
