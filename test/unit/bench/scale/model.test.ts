import { describe, expect, it } from "vitest";
import { hourOf } from "../../../bench/scale/bill.ts";
import { BOUNDS, breaksOf } from "../../../bench/scale/breaks.ts";
import { latencyOf } from "../../../bench/scale/budget.ts";
import { flowOf, linkOf } from "../../../bench/scale/flow.ts";
import { REGIONS, roundTrip, siteOf } from "../../../bench/scale/regions.ts";
import { DEFAULTS, treeOf } from "../../../bench/scale/scenario.ts";
import { smallRooms } from "../../../bench/scale/small-rooms.ts";
import { relaysFor, stormOf } from "../../../bench/scale/storm.ts";
import { UNITS } from "../../../bench/scale/unit-costs.ts";

const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0);
const sizes = [1e3, 1e4, 1e5, 1e6, 1e7];

describe("a link with one batch out at a time", () => {
  it("follows what comes as long as that is little, and never goes faster than there and back", () => {
    expect(linkOf(1e-5, 100).rate).toBeCloseTo(1e-5);
    expect(linkOf(1e-5, 100).idle).toBeCloseTo(0.999);
    expect(linkOf(10, 100).rate).toBeCloseTo(1 / 100);
    expect(linkOf(10, 100).idle).toBeCloseTo(0);
  });

  it("is either under way or idle", () => {
    const { rate, idle } = linkOf(0.01, 130);
    expect(rate * 130 + idle).toBeCloseTo(1);
  });
});

describe("regions", () => {
  it("are as far from each other there as back, and none is farther than half a second", () => {
    for (const from of REGIONS)
      for (const to of REGIONS) {
        expect(roundTrip(from, to)).toBe(roundTrip(to, from));
        expect(roundTrip(from, to)).toBeLessThan(500);
      }
  });

  it("without objects have theirs elsewhere: South America's are in the east of North America", () => {
    expect(siteOf("sam")).toBe("enam");
    for (const region of REGIONS) expect(["sam", "afr", "me"]).not.toContain(siteOf(region));
  });
});

describe("a tree", () => {
  it.each(sizes)("of %i has everybody in it, and no relay more than it should", (listeners) => {
    const { own, groups, relays } = treeOf({ ...DEFAULTS, listeners });
    expect(own + sum(groups.map((group) => group.listeners))).toBeCloseTo(listeners, -1);
    for (const { each } of groups) expect(each).toBeLessThanOrEqual(DEFAULTS.fanout);
    expect(relays).toBe(sum(groups.map((group) => group.relays)));
  });

  it("needs no relay as long as the room holds all", () => {
    expect(treeOf({ ...DEFAULTS, listeners: DEFAULTS.relayAbove }).relays).toBe(0);
    expect(treeOf({ ...DEFAULTS, listeners: 2 * DEFAULTS.relayAbove }).relays).toBeGreaterThan(0);
  });

  it("of two levels has the room call few", () => {
    const { hubs, relays } = treeOf({ ...DEFAULTS, levels: 2, listeners: 1e7 });
    expect(relays / hubs).toBeLessThanOrEqual(DEFAULTS.hubFanout);
    expect(hubs).toBeLessThan(relays / 10);
  });
});

describe("what flows", () => {
  it.each(sizes)("in a room of %i keeps its threads within what they have", (listeners) => {
    for (const messagesPerSecond of [0.1, 10, 1000])
      for (const levels of [1, 2] as const) {
        const { roomBusy, ownBusy, groups } = flowOf({ ...DEFAULTS, listeners, messagesPerSecond, levels }, UNITS);
        expect(roomBusy).toBeLessThanOrEqual(1.001);
        expect(ownBusy).toBeLessThanOrEqual(roomBusy);
        for (const { relayBusy, hubBusy } of groups) expect(Math.max(relayBusy, hubBusy)).toBeLessThanOrEqual(1.001);
      }
  });

  it("has no more calls out than may be, and then waits", () => {
    const limited = flowOf({ ...DEFAULTS, callsAtOnce: 6 }, UNITS);
    expect(limited.callsOut).toBeCloseTo(6, 1);
    expect(limited.wait).toBeGreaterThan(1000);
    expect(flowOf(DEFAULTS, UNITS).wait).toBe(0);
  });

  it("reaches the far later than the near, by no less than the way", () => {
    const { budgets } = latencyOf(flowOf(DEFAULTS, UNITS), UNITS);
    const of = (region: string) =>
      budgets.find((budget) => budget.region === region)?.total.quantile(0.5) ?? Number.NaN;
    expect(of("apac") - of("enam")).toBeGreaterThan((roundTrip("enam", "apac") - roundTrip("enam", "enam")) / 2);
  });
});

describe("an hour's bill", () => {
  const hour = (changes: Partial<typeof DEFAULTS>) => hourOf(flowOf({ ...DEFAULTS, ...changes }, UNITS), UNITS);
  const rows = (changes: Partial<typeof DEFAULTS>) =>
    hour(changes).running.lines.find(({ what }) => what === "rows written")?.used ?? Number.NaN;

  it("writes a row a batch of each relay, and one a turn of the room", () => {
    const flow = flowOf({ ...DEFAULTS, presence: false }, UNITS);
    const batches = sum(flow.groups.map(({ group, toRelay }) => group.relays * toRelay.rate * 1000));
    expect(rows({ presence: false })).toBeCloseTo((batches + flow.flush.rate * 1000) * 3600, -2);
  });

  it("writes nothing for a count of who is there", () => {
    expect(rows({ messagesPerSecond: 0.001 })).toBeLessThan(rows({ messagesPerSecond: 0.001, presence: false }) * 1.01);
  });

  it("has fewer rows with larger relays: a send is free", () => {
    expect(rows({ fanout: 4000 })).toBeLessThan(rows({ fanout: 2000 }) * 0.6);
  });

  it("for coming and going is once the number of those who come", () => {
    expect(hour({ stay: 15 }).visits.dollarsBeyond).toBeCloseTo(hour({ stay: 30 }).visits.dollarsBeyond * 2);
  });
});

describe("what breaks", () => {
  const breaks = breaksOf(DEFAULTS, UNITS);

  it("does so where it says: a little more is too much", () => {
    const finite = breaks.filter(({ listeners }) => listeners > 0 && Number.isFinite(listeners));
    expect(finite.length).toBeGreaterThan(4);
    for (const { bound, listeners } of finite) {
      const used = (count: number) => bound.used(flowOf({ ...DEFAULTS, listeners: count }, UNITS), UNITS);
      expect(used(listeners * 0.98), bound.what).toBeLessThanOrEqual(bound.most);
      expect(used(listeners * 1.05), bound.what).toBeGreaterThan(bound.most);
    }
  });

  it("is every limit there is, each with how much of it is used", () => {
    expect(breaks.map(({ bound }) => bound)).toEqual(BOUNDS);
    for (const { used } of breaks) expect(used).toBeGreaterThanOrEqual(0);
  });
});

describe("a storm of joins", () => {
  it("is let in as fast as those can who are known", () => {
    expect(stormOf(DEFAULTS, UNITS, 1e5, 10, 0)).toMatchObject({ perObject: 10_000, load: 10, seconds: 100 });
    expect(stormOf(DEFAULTS, UNITS, 1e5, 10, relaysFor(UNITS, 1e5, 10)).seconds).toBe(10);
    expect(stormOf(DEFAULTS, UNITS, 1e5, 10, relaysFor(UNITS, 1e5, 10) - 1).seconds).toBeGreaterThan(10);
  });
});

describe("small rooms", () => {
  it("cost as much together as each by itself", () => {
    const room = { people: 1e7, each: 20, messagesPerSecond: 0.1, stay: 30 };
    const [many, one] = [smallRooms(room, UNITS), smallRooms({ ...room, people: 20 }, UNITS)];
    expect(many.bill.dollarsBeyond / one.bill.dollarsBeyond).toBeCloseTo(many.rooms, -1);
    expect(many.busy).toBe(one.busy);
  });
});
