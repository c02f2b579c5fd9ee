import fc from "fast-check";
import { expect, test } from "vitest";
import * as PARAMETERS from "../../../src/api/parameters.ts";
import { readJson } from "../../../src/http/body.ts";
import { Refusal } from "../../../src/http/problem.ts";
import { Query } from "../../../src/http/query.ts";
import { CODES } from "../../../src/protocol/codes.ts";
import { formatCursor } from "../../../src/protocol/cursor.ts";
import { cutBody, decodeIndex } from "../../../src/storage/log-row.ts";
import { anyText } from "../../support/any-text.ts";
import { holds, holdsAsync } from "../../support/property.ts";

const LIMIT = 1000;
const text = new TextEncoder();

const bodies = fc.oneof(
  fc.json().map((json) => text.encode(json)),
  anyText.map((each) => text.encode(each)),
  fc.uint8Array({ maxLength: 50 }),
  fc.nat(2 * LIMIT).map((length) => new Uint8Array(length).fill(0x20)),
);
const types = fc.oneof(
  fc.constantFrom(
    "application/json",
    "application/json; charset=utf-8",
    "APPLICATION/JSON",
    "application/problem+json",
  ),
  fc.constantFrom("text/plain", "", "application/jsonx", "application/json, text/plain"),
  fc.stringMatching(/^[ -~]{0,30}$/),
);

/** Whether it is refused as one of these, and as nothing else. */
function expectRefusal(error: unknown, ...codes: string[]): void {
  expect(error).toBeInstanceOf(Refusal);
  const { code, detail } = (error as Refusal).failure;
  expect(codes).toContain(code);
  expect(Object.hasOwn(CODES, code)).toBe(true);
  expect(detail).toMatch(/^[A-Z"][^\n]*\.$/);
}

test("HTTP-4 whatever a body is, it is the JSON that it says, or a refusal", async () => {
  await holdsAsync(
    fc.asyncProperty(bodies, types, fc.constantFrom("", "identity", "gzip"), async (bytes, type, encoding) => {
      const headers = { "content-type": type, ...(encoding && { "content-encoding": encoding }) };
      const request = new Request("http://host/", { method: "POST", body: bytes, headers });
      try {
        const value = await readJson(request, LIMIT);
        expect(bytes.length).toBeLessThanOrEqual(LIMIT);
        expect(JSON.stringify(value)).toBe(
          JSON.stringify(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes))),
        );
      } catch (error) {
        expectRefusal(error, "unsupported_media_type", "too_large", "bad_json");
      }
    }),
    500,
  );
});

const parameters = Object.values(PARAMETERS);
const values = fc.oneof(
  anyText,
  fc.constantFrom(
    "0",
    "1",
    "01",
    "-1",
    "1e3",
    "1001",
    "9007199254740993",
    "asc",
    "members",
    "k3f9x2ab-1",
    "k3f9x2ab-01",
    "",
  ),
  fc.bigInt().map(String),
  fc.double().map(String),
);

test("HTTP-3 CURSOR-1 whatever stands in a query, a parameter is a value of its range, or a refusal that says nothing of it", () => {
  holds(
    fc.property(fc.constantFrom(...parameters), fc.array(values, { maxLength: 2 }), (parameter, given) => {
      const search = new URLSearchParams(given.map((value): [string, string] => [parameter.name, value]));
      const query = new Query(`http://host/?${search}`);
      const sent = search.getAll(parameter.name);
      try {
        if (parameter.type === "wholeNumber") {
          const value = query.wholeNumber(parameter);
          if (sent.length === 0) expect(value).toBe("default" in parameter ? parameter.default : null);
          else expect(String(value)).toBe(sent[0]);
          expect(value === null || (value >= parameter.least && value <= parameter.most)).toBe(true);
        } else if (parameter.type === "choice") {
          const value = query.oneOf(parameter);
          expect(value).toBe(sent[0] ?? ("default" in parameter ? parameter.default : null));
        } else if (parameter.type === "cursor") {
          const value = query.cursor(parameter);
          expect(value && formatCursor(value.epoch, value.seq)).toBe(sent[0] ?? null);
        } else expect(query.text(parameter)).toBe(sent[0] ?? null);
        expect(sent.length).toBeLessThan(2);
      } catch (error) {
        expectRefusal(error, "bad_request", "bad_cursor");
        for (const value of sent.filter(({ length }) => length > 8))
          expect((error as Refusal).message).not.toContain(value);
      }
    }),
    2000,
  );
});

test("L5 whatever stands in a row of the log, its index is as long as it says, or none, and its texts are of its body", () => {
  const packed = fc.tuple(
    fc.nat(20),
    fc.nat(20),
    fc.nat(),
    fc.string(),
    fc.oneof(fc.constant(0), fc.string()),
    fc.nat(),
  );
  const index = fc.oneof(
    anyText,
    fc.array(fc.oneof(packed, fc.jsonValue()), { maxLength: 4 }).map((entries) => JSON.stringify(entries).slice(1, -1)),
  );
  holds(
    fc.property(index, fc.nat(4), anyText, (text, count, body) => {
      const entries = decodeIndex(text, 1000, count);
      if (entries === null) return;
      expect(entries).toHaveLength(count);
      const texts = cutBody(body, entries);
      if (texts !== null) expect(texts.join(",").length).toBe(body.length);
    }),
    1000,
  );
});
