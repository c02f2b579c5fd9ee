import { expect, test } from "vitest";
import { locationHint } from "../../src/http/placement.ts";

const from = (cf: unknown) => locationHint({ cf } as Request);

test.each([
  ["NA", "-122.4", "wnam"],
  ["NA", "-100.1", "wnam"],
  ["NA", "-100", "enam"],
  ["NA", "-74", "enam"],
  ["SA", "-46.6", "sam"],
  ["EU", "2.3", "weur"],
  ["EU", "20", "weur"],
  ["EU", "21", "eeur"],
  ["AS", "55.3", "me"],
  ["AS", "60", "apac"],
  ["AS", "139.7", "apac"],
  ["OC", "151.2", "oc"],
  ["AF", "18.4", "afr"],
])("PEOPLE-3 whoever asks from %s, longitude %s, has an object in %s", (continent, longitude, hint) => {
  expect(from({ continent, longitude })).toBe(hint);
});

test.each([
  undefined,
  null,
  {},
  { continent: "AN" },
  { continent: "T1" },
  { continent: "__proto__" },
  { longitude: "5" },
])("PEOPLE-3 from %j nothing can be said", (cf) => {
  expect(from(cf)).toBeUndefined();
});

test("PEOPLE-3 without a longitude the continent says enough", () => {
  expect(["NA", "EU", "AS"].map((continent) => from({ continent }))).toEqual(["enam", "weur", "me"]);
});
