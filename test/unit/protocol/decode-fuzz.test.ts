import fc from "fast-check";
import { expect, test } from "vitest";
import { isCode } from "../../../src/protocol/codes.ts";
import { decodeClientFrame, MAX_REF } from "../../../src/protocol/decode-client.ts";
import { decodeServerFrame } from "../../../src/protocol/decode-server.ts";
import { isObject, parseJson } from "../../../src/protocol/json.ts";
import { anyText } from "../../support/any-text.ts";
import { holds } from "../../support/property.ts";

const CLIENT_TYPES = [
  "publish",
  "signal",
  "presence",
  "members",
  "history",
  "auth",
  "leave",
  "subscribe",
  "unsubscribe",
];
const SERVER_TYPES = ["welcome", "gap", "messages", "signals", "presence", "ack", "acks", "error", "unsubscribed"];
const FIELDS = [
  "ref",
  "id",
  "event",
  "data",
  "key",
  "limit",
  "after",
  "before",
  "order",
  "token",
  "channel",
  "rewind",
  "presence",
  "member",
  "echo",
  "__proto__",
];
const SERVER_FIELDS = [
  "ref",
  "count",
  "messages",
  "signals",
  "acks",
  "joined",
  "left",
  "updated",
  "after",
  "oldest",
  "channel",
];

/** Objects that look like frames of `types`, with anything in their fields. */
function almostFrames(types: string[], fields: string[]) {
  const value = fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc.constantFrom("a", "k3f9x2ab-1", 1, "asc", "room:a", true, [], {}),
  );
  const type = fc.oneof(fc.constantFrom(...types), fc.jsonValue({ maxDepth: 1 }));
  const named = fc.record({ type, fields: fc.dictionary(fc.constantFrom(...fields), value) });
  return named.map(({ type, fields }) => JSON.stringify({ ...fields, type }));
}

const texts = (types: string[], fields: string[]) =>
  fc.oneof(
    { weight: 1, arbitrary: anyText },
    { weight: 1, arbitrary: fc.json() },
    { weight: 4, arbitrary: almostFrames(types, fields) },
  );

test("FRAME-3 whatever a client sends, it is one frame or one failure, and a legible ref comes back", () => {
  holds(
    fc.property(texts(CLIENT_TYPES, FIELDS), (text) => {
      const decoded = decodeClientFrame(text);
      const value = parseJson(text);
      const given = isObject(value) ? value.ref : undefined;
      const ref = typeof given === "string" && given.length <= MAX_REF ? given : undefined;
      if (decoded.ok) {
        expect(Object.keys(decoded)).toEqual(["ok", "frame"]);
        expect(CLIENT_TYPES).toContain(decoded.frame.type);
        expect(decoded.frame.ref).toBe(ref);
        expect(Object.keys(decoded.frame).filter((name) => name !== "type" && !FIELDS.includes(name))).toEqual([]);
      } else {
        expect(isCode(decoded.failure.code)).toBe(true);
        expect(decoded.failure.detail).toMatch(/\.$/);
        expect(decoded.ref).toBe(ref);
      }
    }),
    1000,
  );
});

test("FRAME-1 what was understood is understood again in the same way", () => {
  holds(
    fc.property(almostFrames(CLIENT_TYPES, FIELDS), (text) => {
      const decoded = decodeClientFrame(text);
      if (decoded.ok) expect(decodeClientFrame(JSON.stringify(decoded.frame))).toEqual(decoded);
    }),
    500,
  );
});

test("GROW-1 whatever a server sends, a client takes it as a frame, as unknown or as broken", () => {
  holds(
    fc.property(texts(SERVER_TYPES, SERVER_FIELDS), (text) => {
      const decoded = decodeServerFrame(text);
      if (decoded.kind === "frame") expect(decoded.frame).toEqual(JSON.parse(text));
      else if (decoded.kind === "unknown") expect(SERVER_TYPES).not.toContain(JSON.parse(text).type);
      else expect(decoded.reason).toMatch(/\.$/);
    }),
    1000,
  );
});
