import fc from "fast-check";
import { expect, test } from "vitest";
import { formatAddress, isEvent, isId, isMessageId, parseAddress } from "../../../src/protocol/address.ts";
import { ALL_OPERATIONS, matchesPattern, OPERATIONS, operationsOf } from "../../../src/protocol/operations.ts";
import { isPollIdOf, newPollId } from "../../../src/transport/connection-id.ts";
import { anyText } from "../../support/any-text.ts";
import { holds, holdsAsync } from "../../support/property.ts";

const id = fc.stringMatching(/^[A-Za-z0-9\-_.~:@|+=]{1,128}$/).filter((text) => text !== "." && text !== "..");
const almostId = fc.string({
  unit: fc.constantFrom("a", "Z", "0", ".", ":", "|", "=", "/", " ", "%", "\n", "é"),
  maxLength: 130,
});
const address = fc.oneof(
  anyText,
  fc
    .tuple(fc.constantFrom("room", "user", "Room", "", "relay", "__proto__"), fc.oneof(id, almostId))
    .map((parts) => parts.join(":")),
);

test("ID-1 whatever text it is, it is an address or none, and one that is is written as it was", () => {
  holds(
    fc.property(address, (text) => {
      const parsed = parseAddress(text);
      if (parsed === null) return;
      expect(formatAddress(parsed)).toBe(text);
      expect(["room", "user"]).toContain(parsed.kind);
      expect(isId(parsed.id)).toBe(true);
    }),
    1000,
  );
});

test("ID-1 every id makes an address of both kinds, which no other kind and id make", () => {
  holds(
    fc.property(id, (id) => {
      for (const kind of ["room", "user"] as const)
        expect(parseAddress(formatAddress({ kind, id }))).toEqual({ kind, id });
    }),
  );
});

test("ID-1 ID-3 ID-4 a name that is taken can neither end a line nor leave ASCII, wherever it is put", () => {
  holds(
    fc.property(fc.oneof(anyText, almostId), (text) => {
      for (const is of [isId, isEvent, isMessageId]) if (is(text)) expect(text).toMatch(/^[ -~]{1,128}$/);
      if (isId(text) || isEvent(text)) expect(text).not.toMatch(/[\s"\\/<>]/);
      if (isId(text)) expect(new URL(`http://host/v1/rooms/${text}/x`).pathname).toBe(`/v1/rooms/${text}/x`);
    }),
    1000,
  );
});

test("AUTH-5 whatever a list of operations holds, it is a set of bits, or grants nothing", () => {
  const name = fc.oneof(fc.constantFrom(...Object.keys(OPERATIONS), "*", "__proto__", "constructor"), fc.anything());
  holds(
    fc.property(fc.array(name), (names) => {
      const set = operationsOf(names);
      if (set === null) return;
      expect(set & ~ALL_OPERATIONS).toBe(0);
      for (const each of names) expect(each === "*" || Object.hasOwn(OPERATIONS, each as string)).toBe(true);
    }),
    500,
  );
});

test("AUTH-5 whatever a pattern is, it fits an address letter by letter, and nothing in it is a wildcard but its last *", () => {
  holds(
    fc.property(
      fc.oneof(
        address,
        address.map((text) => `${text}*`),
      ),
      id,
      (pattern, id) => {
        const full = `room:${id}`;
        const isPrefix = pattern.at(-1) === "*";
        expect(matchesPattern(pattern, full)).toBe(
          isPrefix ? full.indexOf(pattern.slice(0, -1)) === 0 : pattern === full,
        );
      },
    ),
    500,
  );
});

test.each([null, { region: "weur", shard: 7 }] as const)(
  "POLL-3 whatever a poll says its connection is, it is its user's own or not theirs (at %j)",
  async (place) => {
    const own = await newPollId("alice", place);
    const near = fc
      .tuple(fc.nat(own.length - 1), fc.constantFrom("A", "_", ""))
      .map(([at, letter]) => own.slice(0, at) + letter + own.slice(at + 1));
    await holdsAsync(
      fc.asyncProperty(fc.oneof(anyText, near), anyText, async (text, user) => {
        expect(await isPollIdOf(text, "alice")).toBe(text === own);
        if (user !== "alice") expect(await isPollIdOf(own, user)).toBe(false);
      }),
      200,
    );
  },
);
