import { describe, expect, it } from "vitest";
import { PRICES } from "../../../src/demo/prices.ts";
import { COMMIT_MS } from "../../bench/cost/assumed.ts";
import { billed, billOf } from "../../bench/cost/bill.ts";
import { divided, NO_USAGE, plus } from "../../bench/cost/usage.ts";

const nothing = billed(NO_USAGE, 0, 0);

describe("the bill of a month", () => {
  it("is the plan's price if nothing is used", () => {
    expect(billOf(nothing)).toMatchObject({ dollars: 5, dollarsBeyond: 0 });
  });

  it.each(Object.keys(PRICES) as (keyof typeof PRICES)[])("%s costs nothing up to what is included", (name) => {
    const { included, perMillion } = PRICES[name];
    expect(billOf({ ...nothing, [name]: included }).dollars).toBe(5);
    expect(billOf({ ...nothing, [name]: included + 1e6 }).dollars).toBeCloseTo(5 + perMillion);
    expect(billOf({ ...nothing, [name]: 1e6 }).dollarsBeyond).toBeCloseTo(perMillion);
  });

  it("counts 20 frames in as a request, an alarm as one, and an alarm that is set as a row written", () => {
    const usage = { ...NO_USAGE, requests: 3, frames: 40, alarms: 5, rowsWritten: 7, alarmsSet: 11 };
    expect(billed(usage, 0, 0)).toMatchObject({ objectRequests: 3 + 2 + 5, rowsWritten: 18 });
  });

  it("bills the time an object is busy for 128 MB, each write with the time until it is confirmed", () => {
    expect(billed({ ...NO_USAGE, busyMs: 1000, commits: 100 }, 0, 0).duration).toBeCloseTo(
      (1 + (100 * COMMIT_MS) / 1000) * 0.128,
    );
  });

  it("an hour of one busy object with 10 million rows is what the list says", () => {
    const usage = { ...NO_USAGE, busyMs: 3_600_000, rowsWritten: 60e6, requests: 2e6 };
    const { dollars } = billOf(billed(usage, 0, 0));
    expect(dollars).toBeCloseTo(5 + 10 * 1 + 1 * 0.15);
  });
});

describe("usage", () => {
  it("of many deeds adds up, and of one is its share", () => {
    const usage = plus({ ...NO_USAGE, frames: 1 }, { frames: 2, rowsRead: 10 }, 3);
    expect(usage).toMatchObject({ frames: 7, rowsRead: 30, alarms: 0 });
    expect(divided(usage, 2)).toMatchObject({ frames: 3.5, rowsRead: 15 });
  });
});
