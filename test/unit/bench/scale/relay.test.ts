import { describe, expect, it } from "vitest";
import { Clock } from "../../../bench/scale/simulation/clock.ts";
import { Relay } from "../../../bench/scale/simulation/relay.ts";
import { Tally } from "../../../bench/scale/simulation/tally.ts";

const units = {
  send: 0.02,
  call: 0,
  take: 0,
  request: 0,
  callPerKiB: 0,
  row: 0,
  message: 0,
  join: 1,
  replayed: 0.5,
  commit: 10,
};
/** Each message was said at the time of its number. */
const said = { at: (number: number) => number, phase: () => "steady" as const };

function relayOf(listeners: number) {
  const [clock, tally] = [new Clock(), new Tally()];
  const relay = new Relay({ clock, tally, units, said, region: "weur", messageBytes: 200 });
  relay.listeners = listeners;
  const delays = () => tally.delays("steady", "weur");
  return { clock, tally, relay, delays };
}

describe("a relay in virtual time", () => {
  it("sends nothing before its row is safe", () => {
    const { clock, relay, delays } = relayOf(100);
    clock.runUntil(50);
    expect(relay.take(1)).toBe(10);
    expect(delays()?.quantile(0)).toBeLessThan(1);
    expect(delays()?.quantile(0.001)).toBe(59.5); // 50 and 10, since 1
  });

  it("sends to the last as long after the first as all sends take", () => {
    const { clock, relay, delays, tally } = relayOf(5000);
    clock.runUntil(50);
    expect(relay.take(2)).toBe(100);
    expect(tally.deliveries("steady", "weur")).toBeCloseTo(10_000);
    expect(delays()?.quantile(0.05)).toBe(58.5); // a tenth is held until 60, and two were said, at 1 and at 2
    expect(delays()?.quantile(1)).toBeCloseTo(148.5);
  });

  it("takes nothing while it is down, and nothing again that it has", () => {
    const { relay, tally } = relayOf(10);
    expect(relay.take(3)).not.toBeNull();
    expect(relay.take(3)).toBe(0);
    expect(relay.take(2)).toBe(0);
    expect([relay.position, tally.deliveries("steady", "weur")]).toEqual([3, expect.closeTo(30)]);
    expect(relay.fail()).toBe(10);
    expect(relay.take(4)).toBeNull();
  });

  it("tells those who come back what they missed, and no more", () => {
    const { clock, relay, tally } = relayOf(10);
    relay.take(3);
    relay.fail();
    clock.runUntil(1000);
    relay.isUp = true;
    relay.position = 5;
    relay.comeBack(10, 3);
    expect(tally.deliveries("steady", "weur")).toBeCloseTo(30 + 20);
    expect(tally.afterFailure?.quantile(1)).toBeGreaterThanOrEqual(1000 - 5);
    expect(relay.listeners).toBe(10);
  });

  it("lets nobody in while it is down again: they come back later, for all that they missed", () => {
    const { clock, relay, tally } = relayOf(10);
    relay.take(3);
    relay.fail();
    relay.comeBack(10, 3);
    expect(relay.listeners).toBe(0);
    relay.isUp = true;
    relay.position = 7;
    clock.runUntil(5000);
    expect(relay.listeners).toBe(10);
    expect(tally.deliveries("steady", "weur")).toBeCloseTo(30 + 40);
  });
});
