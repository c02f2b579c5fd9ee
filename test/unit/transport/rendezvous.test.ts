import { expect, test } from "vitest";
import { ranked } from "../../../src/transport/rendezvous.ts";

const KEYS = Array.from({ length: 10_000 }, (_, index) => `user-${index}`);
const names = (count: number) => Array.from({ length: count }, (_, index) => `weur.${index}`);

test("ROUTE-1 all names are ranked, in the same order whatever their order was", () => {
  const order = ranked("alice", names(7));
  expect(order.toSorted()).toEqual(names(7));
  expect(ranked("alice", names(7).reverse())).toEqual(order);
  expect(ranked("alice", [])).toEqual([]);
});

test.each([2, 3, 5, 20])("ROUTE-1 users are spread evenly over %d shards, also as their second choice", (count) => {
  for (const choice of [0, 1]) {
    const shares = new Map<string, number>();
    for (const key of KEYS) {
      const name = ranked(key, names(count))[choice] as string;
      shares.set(name, (shares.get(name) ?? 0) + 1);
    }
    const mean = KEYS.length / count;
    // Five standard deviations of a fair draw.
    const most = 5 * Math.sqrt(mean * (1 - 1 / count));
    for (const name of names(count)) expect(Math.abs((shares.get(name) ?? 0) - mean), name).toBeLessThan(most);
  }
});

test("ROUTE-1 a shard that is added moves only those whom it wins", () => {
  let moved = 0;
  for (const key of KEYS) {
    const [before, after] = [ranked(key, names(4))[0], ranked(key, names(5))[0]];
    if (before === after) continue;
    expect(after).toBe("weur.4");
    moved++;
  }
  expect(moved / KEYS.length).toBeGreaterThan(0.17);
  expect(moved / KEYS.length).toBeLessThan(0.23);
});

test("ROUTE-1 without a shard everybody else stays where they are", () => {
  for (const key of KEYS.slice(0, 1000)) {
    const all = ranked(key, names(5));
    expect(ranked(key, ["weur.0", "weur.1", "weur.3", "weur.4"])).toEqual(all.filter((name) => name !== "weur.2"));
  }
});
