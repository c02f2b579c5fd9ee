import { expect, test } from "vitest";
import { formatPlace, formatRelay, parsePlace, parseRelay, REGIONS } from "../../../src/protocol/relay.ts";

test("RELAY-1 a relay's name is its place and its room, and is read back", () => {
  for (const region of REGIONS)
    for (const shard of [0, 1, 9, 10, 999]) {
      const relay = { region, shard, room: "a.b:c~weur.0" };
      expect(formatRelay(relay)).toBe(`${region}.${shard}/a.b:c~weur.0`);
      expect(parseRelay(formatRelay(relay))).toEqual(relay);
      expect(parsePlace(formatPlace(relay))).toEqual({ region, shard });
    }
});

const NO_PLACES = [
  ...[
    "",
    "weur",
    "weur.",
    ".0",
    "weur.00",
    "weur.01",
    "weur.1000",
    "weur.-1",
    "weur.1e2",
    "weur.０",
    "weur.0 ",
    " weur.0",
  ],
  ...["weur.0\n", "WEUR.0", "mars.0", "weur.0.0", "toString.0", "constructor.1", "weur,0", "weur.x"],
];

test.each(NO_PLACES)("RELAY-1 %j is no place", (text) => {
  expect(parsePlace(text)).toBeNull();
  expect(parseRelay(`${text}/lobby`)).toBeNull();
});

test.each(["lobby", "weur.0", "weur.0/", "/lobby", "weur.0/a/b", "weur.0/.", "weur.0/é", `weur.0/${"x".repeat(129)}`])(
  "RELAY-1 %j is no relay",
  (text) => {
    expect(parseRelay(text)).toBeNull();
  },
);
