import { expect, test } from "vitest";
import { regionOf } from "../../../src/http/placement.ts";
import { REGIONS } from "../../../src/protocol/relay.ts";

const from = (url: string, cf?: object) => ({ url, cf }) as unknown as Request;
const PUBLIC = "https://edge.example.com/v1/rooms/lobby/connect";
const LOCAL = ["http://127.0.0.1:8787/", "http://localhost:8787/", "http://[::1]:8787/"];
const USERS = Array.from({ length: 500 }, (_, index) => `user-${index}`);

test("ROUTE-1 a relay is near its clients; those of whom nothing is known are in Western Europe", () => {
  expect(regionOf(from(PUBLIC, { continent: "OC" }), {}, "alice")).toBe("oc");
  expect(regionOf(from(PUBLIC, { continent: "NA", longitude: "-122" }), {}, "alice")).toBe("wnam");
  for (const cf of [undefined, {}, { continent: "AN" }, { continent: "T1" }])
    expect(regionOf(from(PUBLIC, cf), {}, "alice")).toBe("weur");
});

test.each(LOCAL)("ROUTE-1 RELAY_REGIONS spreads users over all regions, each always in one (%s)", (url) => {
  const env = { RELAY_REGIONS: "by user" };
  const regions = USERS.map((user) => regionOf(from(url, { continent: "OC" }), env, user));
  expect(new Set(regions)).toEqual(new Set(REGIONS));
  expect(USERS.map((user) => regionOf(from(url), env, user))).toEqual(regions);
});

test.each([PUBLIC, "https://localhost.example.com/", "https://127.0.0.2/", "https://example.com/?localhost"])(
  "ROUTE-1 RELAY_REGIONS does nothing in a deployment (%s)",
  (url) => {
    for (const user of USERS)
      expect(regionOf(from(url, { continent: "OC" }), { RELAY_REGIONS: "by user" }, user)).toBe("oc");
  },
);

test("ROUTE-1 without RELAY_REGIONS a local service has one region too", () => {
  const url = LOCAL[0] as string;
  for (const env of [{}, { RELAY_REGIONS: "" }])
    expect(new Set(USERS.map((user) => regionOf(from(url), env, user)))).toEqual(new Set(["weur"]));
});
