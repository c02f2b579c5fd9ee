import { expect, test } from "vitest";
import {
  CODES,
  type Code,
  closeAnswer,
  closeCodeOf,
  comebackAfter,
  failure,
  isCode,
} from "../../../src/protocol/codes.ts";

/** Status, and whether it is worth the same try again. */
const EXPECTED: Record<Code, [status: number, retryable: boolean]> = {
  bad_request: [400, false],
  bad_id: [400, false],
  bad_cursor: [400, false],
  bad_json: [400, false],
  unauthenticated: [401, false],
  forbidden: [403, false],
  not_found: [404, false],
  method_not_allowed: [405, false],
  heartbeat_timeout: [408, true],
  id_conflict: [409, false],
  gone: [410, false],
  too_large: [413, false],
  unsupported_media_type: [415, false],
  upgrade_required: [426, false],
  rate_limited: [429, true],
  internal: [500, true],
  overloaded: [503, true],
  not_configured: [503, false],
};

test("GROW-1 the codes, with their statuses, are these", () => {
  const facts = Object.entries(CODES).map(([code, { status, retryable }]) => [code, [status, retryable]]);
  expect(Object.fromEntries(facts)).toEqual(EXPECTED);
});

test("HTTP-1 every code has a title of its own that names no particular case", () => {
  const titles = Object.values(CODES).map(({ title }) => title);
  expect(new Set(titles).size).toBe(titles.length);
});

test.each(Object.entries(EXPECTED))("CODE-1 %s closes with 4 and its status", (code, [status]) => {
  expect(closeCodeOf(code as Code)).toBe(4000 + status);
});

test.each(["", "Forbidden", "__proto__", "constructor", "toString"])("GROW-3 %j is no code", (text) => {
  expect(isCode(text)).toBe(false);
});

test("CODE-1 what a client does after each close", () => {
  const table = {
    retry: [1000, 1001, 1005, 1006, 1011, 1012, 1013, 4408, 4429, 4503, 4500],
    "new-token": [4401],
    final: [1009, 4400, 4403, 4410],
  };
  for (const [comeback, codes] of Object.entries(table))
    for (const code of codes) expect([code, comebackAfter(code)]).toEqual([code, comeback]);
});

test("GROW-3 unknown closes from 4400 to 4499 are final, all others come back", () => {
  const known = new Set([4400, 4401, 4403, 4408, 4410, 4429]);
  for (let code = 4400; code <= 4499; code++)
    if (!known.has(code)) expect([code, comebackAfter(code)]).toEqual([code, "final"]);
  for (const code of [1002, 1003, 1007, 1008, 1010, 1014, 1015, 3000, 4000, 4399, 4500, 4599, 4999, 0])
    expect([code, comebackAfter(code)]).toEqual([code, "retry"]);
});

test("HTTP-1 a failure has a retryAfter only where it is known", () => {
  expect(failure("bad_id", "No.")).toStrictEqual({ code: "bad_id", detail: "No." });
  expect(failure("rate_limited", "No.", 20)).toStrictEqual({ code: "rate_limited", detail: "No.", retryAfter: 20 });
});

test("CODE-1 a Close is answered with its own code, or with one that may be sent", () => {
  for (const code of [1000, 1001, 1002, 1007, 1011, 1012, 2999, 3000, 4000, 4403, 4999])
    expect(closeAnswer(code)).toBe(code);
  for (const code of [1004, 1005, 1006, 1015]) expect(closeAnswer(code)).toBe(1000);
  for (const code of [0, 1, 999, 5000, 65_535]) expect(closeAnswer(code)).toBe(1002);
});
