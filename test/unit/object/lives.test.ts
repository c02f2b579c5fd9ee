import { expect, test } from "vitest";
import { connectionsLostAt, holdsConnections, losesConnections } from "../../../src/object/lives.ts";

// The isolate begins with the first call; each test has an object of its own.
const BEGAN = 1000;
connectionsLostAt("the first", BEGAN, false);

const atLatest = (id: string, now: number, isHolding = false) => connectionsLostAt(id, now, isHolding).atLatest;

test("PRESENCE-8 of an object that is new in this isolate all was lost before it began", () => {
  expect(atLatest("new", 5000)).toBe(BEGAN);
});

test("PRESENCE-8 what is reset was lost then, whenever it is made again", () => {
  atLatest("reset", 2000);
  holdsConnections("reset", 2000);
  losesConnections("reset", 3000);
  expect(atLatest("reset", 9000)).toBe(3000);
});

test("PRESENCE-6 what sleeps loses nothing", () => {
  atLatest("sleeps", 2000);
  holdsConnections("sleeps", 2000);
  expect(atLatest("sleeps", 5000, true)).toBe(BEGAN);
  expect(atLatest("sleeps", 6000, true)).toBe(BEGAN);
});

// Found by the simulation, seeds 2083 and 4627.
test("PRESENCE-6 who held connections and holds none was reset at the latest now; and no later, however often it is made", () => {
  atLatest("silent", 2000);
  holdsConnections("silent", 2000);
  expect(atLatest("silent", 5000)).toBe(5000);
  expect(atLatest("silent", 6000)).toBe(5000);
  holdsConnections("silent", 7000);
  expect(atLatest("silent", 8000)).toBe(8000);
});
