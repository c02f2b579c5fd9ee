import fc from "fast-check";
import { expect, test } from "vitest";
import { type AttachedRelay, Planner } from "../../../../src/object/relays/plan.ts";
import { formatPlace, MOST_SHARDS, REGIONS, type RelayPlace } from "../../../../src/protocol/relay.ts";

const CONFIG = { RELAY_ABOVE: 100, RELAY_CONNECTIONS: 50 };

/** A room with its relays. */
class Room {
  readonly #planner: Planner;
  readonly #relays = new Map<string, AttachedRelay>();

  constructor(config: ConstructorParameters<typeof Planner>[0]) {
    this.#planner = new Planner(config);
  }

  attached(place: RelayPlace, connections: number): void {
    this.#relays.set(formatPlace(place), { ...place, connections });
    this.#planner.heard(place);
  }

  detached(place: RelayPlace): void {
    this.#relays.delete(formatPlace(place));
  }

  avoid(places: readonly RelayPlace[], now: number): void {
    this.#planner.avoid(places, now);
  }

  plan(own: number, now: number) {
    return this.#planner.plan(own, this.#relays.values(), now);
  }
}

const weur = (shard: number) => ({ region: "weur", shard }) as const;

/** The plan of a room that holds enough itself, with relays in `weur` that hold so many (null: it is not attached). */
function openWith(...connections: (number | null)[]): readonly number[] | undefined {
  const planner = new Room(CONFIG);
  for (const [shard, count] of connections.entries()) if (count !== null) planner.attached(weur(shard), count);
  return planner.plan(100, 0)?.weur;
}

test("ROUTE-1 below the threshold the room holds the next connection itself, whatever relays it has", () => {
  const planner = new Room(CONFIG);
  expect([0, 99].map((own) => planner.plan(own, 0))).toEqual([null, null]);
  planner.attached(weur(0), 3);
  expect([99, 100].map((own) => planner.plan(own, 0))).toEqual([null, { weur: [0] }]);
  expect(new Room({ ...CONFIG, RELAY_ABOVE: 0 }).plan(0, 0)).toEqual({});
});

test("ROUTE-1 of a region without a relay nothing is said: it is shard 0", () => {
  expect(new Room(CONFIG).plan(100, 0)).toEqual({});
});

test.each([
  ["one that has places is enough", [10], [0]],
  ["a region has a quarter more places than connections", [32], [0]],
  ["or one more relay is opened", [33], [0, 1]],
  ["full is four fifths: then it is given none", [40], [1]],
  ["also beyond that", [50], [1]],
  ["a wider crowd opens more at once", [40, 40, 40, 40], [4]],
  ["but not many more than there are", [50, 50, 50, 50, 50, 50, 50, 50], [8, 9, 10]],
  ["those with the lowest numbers fill up first", [10, 10, 10], [0]],
  ["one that was closed is opened again before a new one", [40, null, 40], [1]],
  ["one that has run empty is not needed", [0, 0, 0], [0]],
] as const)("ROUTE-1 %s: %j opens %j", (_, connections, open) => {
  expect(openWith(...connections)).toEqual(open);
});

test("ROUTE-1 what a relay says last counts, and one that is gone does not", () => {
  const planner = new Room(CONFIG);
  planner.attached(weur(0), 40);
  expect(planner.plan(100, 0)).toEqual({ weur: [1] });
  planner.attached(weur(0), 20);
  expect(planner.plan(100, 0)).toEqual({ weur: [0] });
  planner.detached(weur(0));
  planner.detached(weur(7)); // of which nobody has heard
  expect(planner.plan(100, 0)).toEqual({});
});

test("ROUTE-1 regions are counted by themselves", () => {
  const planner = new Room(CONFIG);
  planner.attached(weur(0), 40);
  planner.attached({ region: "oc", shard: 0 }, 1);
  expect(planner.plan(100, 0)).toEqual({ weur: [1], oc: [0] });
});

test("ROUTE-1 a relay that took none is given no connection for 30 s, or until it is heard of", () => {
  const planner = new Room(CONFIG);
  planner.attached(weur(0), 5);
  planner.avoid([weur(0)], 1000);
  expect([1000, 30_999, 31_000].map((now) => planner.plan(100, now)?.weur)).toEqual([[1], [1], [0]]);
  planner.avoid([weur(0)], 40_000);
  planner.attached(weur(0), 6);
  expect(planner.plan(100, 40_000)).toEqual({ weur: [0] });
});

test("ROUTE-1 if no new relay takes any, no others are made: the room is left", () => {
  const planner = new Room(CONFIG);
  planner.avoid([weur(0)], 0);
  expect(planner.plan(100, 0)).toEqual({ weur: [] });
  expect(planner.plan(100, 30_000)).toEqual({});
});

test("ROUTE-1 a crowd that comes as fast as it can finds places, with few relays that stay half empty", () => {
  const planner = new Room(CONFIG);
  const held: number[] = [];
  for (let count = 1; count <= 5000; count++) {
    const open = planner.plan(100, 0)?.weur ?? [0];
    expect(open.length).toBeGreaterThan(0);
    const shard = open[count % open.length] as number;
    held[shard] = (held[shard] ?? 0) + 1;
    expect(held[shard]).toBeLessThanOrEqual(CONFIG.RELAY_CONNECTIONS);
    planner.attached(weur(shard), held[shard]);
  }
  expect(held.length).toBeLessThanOrEqual(Math.ceil(5000 / (0.8 * 50)) * 1.3);
});

test("ROUTE-1 whatever relays say, a plan names each shard once, none that is full, and no more new ones than a quarter", () => {
  const relay = fc.record({
    region: fc.constantFrom(...REGIONS),
    shard: fc.nat(40),
    connections: fc.nat(60),
    step: fc.constantFrom("attached", "detached", "avoid"),
  });
  fc.assert(
    fc.property(fc.array(relay, { maxLength: 60 }), fc.integer({ min: 1, max: 60 }), (steps, places) => {
      const planner = new Room({ RELAY_ABOVE: 0, RELAY_CONNECTIONS: places });
      const held = new Map<string, number>();
      for (const { step, connections, ...place } of steps) {
        const name = `${place.region}.${place.shard}`;
        if (step === "attached") {
          planner.attached(place, connections);
          held.set(name, connections);
        } else if (step === "detached") {
          planner.detached(place);
          held.delete(name);
        } else planner.avoid([place], 0);
      }
      for (const [region, open] of Object.entries(planner.plan(0, 0) ?? {})) {
        expect(open).toEqual([...new Set(open)].toSorted((a, b) => a - b));
        const fresh = open.filter((shard) => !held.has(`${region}.${shard}`));
        const attached = [...held.keys()].filter((name) => name.startsWith(`${region}.`)).length;
        expect(fresh.length).toBeLessThanOrEqual(1 + attached / 4);
        for (const shard of open) {
          expect(shard).toBeLessThan(MOST_SHARDS);
          expect(held.get(`${region}.${shard}`) ?? 0).toBeLessThan(Math.ceil(0.8 * places));
        }
      }
    }),
  );
});
