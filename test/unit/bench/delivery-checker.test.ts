import { describe, expect, it } from "vitest";
import { DeliveryChecker, describeFaults } from "../../bench/load/delivery-checker.ts";

type Delivery = [publisher: number, count: number];

/** Two publishers of two messages each, all of them in one order. */
const whole: Delivery[] = [
  [10, 0],
  [11, 0],
  [11, 1],
  [10, 1],
];

function check(...histories: Delivery[][]): string | null {
  const checker = new DeliveryChecker({ subscribers: histories.length, firstPublisher: 10, publishers: 2 });
  for (const [subscriber, history] of histories.entries()) {
    for (const [publisher, count] of history) checker.take(subscriber, publisher, count);
  }
  return describeFaults(checker.finish([2, 2]));
}

describe("the delivery checker", () => {
  it("finds nothing wrong when all see everything once and in one order", () => {
    expect(check(whole, whole, whole)).toBeNull();
  });

  it("catches the loss of any one message", () => {
    for (let lost = 0; lost < whole.length; lost++) {
      expect(check(whole, whole.toSpliced(lost, 1)), `without ${whole[lost]}`).toMatch(/missing|skipped/);
    }
  });

  it("catches any message that comes twice, at once or later", () => {
    for (const [first, delivery] of whole.entries()) {
      for (let at = first + 1; at <= whole.length; at++) {
        expect(check(whole, whole.toSpliced(at, 0, delivery)), `${delivery} again at ${at}`).toMatch(/1 repeated/);
      }
    }
  });

  it("catches a publisher's messages in the wrong order", () => {
    expect(
      check([
        [10, 1],
        [10, 0],
        [11, 0],
        [11, 1],
      ]),
    ).toBe("1 repeated, 1 skipped");
  });

  it("catches two publishers' messages in another order than the other subscribers saw", () => {
    const other: Delivery[] = [
      [11, 0],
      [10, 0],
      [11, 1],
      [10, 1],
    ];
    expect(check(whole, other, whole)).toBe("1 otherOrder");
  });

  it("catches a message of another room", () => {
    expect(check(whole, [...whole, [12, 0]])).toBe("1 foreign");
    expect(check(whole, [...whole, [9, 0]])).toBe("1 foreign");
  });

  it("catches a subscriber who got nothing", () => {
    expect(check(whole, [])).toContain("4 missing");
  });
});
