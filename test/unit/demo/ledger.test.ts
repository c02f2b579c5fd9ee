import { beforeEach, describe, expect, it } from "vitest";
import { Ledger } from "../../../src/demo/ledger.ts";

/** A counter that cannot find a fault proves nothing: each is put into a stream that was right. */
describe("the counter of the page", () => {
  let now: number;
  let ledger: Ledger;

  /** What ann publishes and bob receives; ann hears herself, too. */
  const publish = (seq: number, by = "ann") => {
    ledger.publishing(by, `m${seq}`);
    ledger.acknowledged(`m${seq}`, seq);
  };
  const receive = (reader: string, ...seqs: number[]) => {
    for (const seq of seqs) ledger.received(reader, { seq, id: `m${seq}` });
  };
  const faults = () => {
    const { lost, doubled, reordered } = ledger.totals;
    return { lost, doubled, reordered };
  };
  const NONE = { lost: 0, doubled: 0, reordered: 0 };

  beforeEach(() => {
    now = 1000;
    ledger = new Ledger(["ann", "bob"], () => now);
    for (const user of ["ann", "bob"]) ledger.connected(user, true);
    for (let seq = 1; seq <= 9; seq++) publish(seq);
  });

  it("finds nothing wrong with a stream that is right", () => {
    receive("bob", 1, 2, 3, 4, 5, 6, 7, 8, 9);
    receive("ann", 1, 2, 3, 4, 5, 6, 7, 8, 9);
    now += 60_000;
    expect(ledger.totals).toEqual({ sent: 9, received: 9, waiting: 0, ...NONE });
  });

  it("counts by whom a message was received: by the other, not by oneself", () => {
    receive("ann", 1, 2, 3);
    receive("bob", 1);
    expect(ledger.totals).toMatchObject({ sent: 9, received: 1, waiting: 8 });
  });

  it("finds one that is left out, at once", () => {
    receive("bob", 1, 2, 3, 5);
    expect(faults()).toEqual({ ...NONE, lost: 1 });
  });

  it("finds the last one that is left out, once its reader was connected for long enough", () => {
    receive("bob", 1, 2, 3, 4, 5, 6, 7, 8);
    expect(faults()).toEqual(NONE);
    now += 10_001;
    expect(faults()).toEqual({ ...NONE, lost: 1 });
    receive("bob", 9);
    expect(ledger.totals).toEqual({ sent: 9, received: 9, waiting: 0, ...NONE });
  });

  it("does not call lost what waits for a reader who is away", () => {
    ledger.connected("bob", false);
    now += 60_000;
    expect(faults()).toEqual(NONE);
    ledger.connected("bob", true);
    now += 9000;
    expect(faults()).toEqual(NONE);
    now += 2000;
    expect(faults()).toEqual({ ...NONE, lost: 9 });
  });

  it("does not call lost what was said before its reader ever was there", () => {
    const late = new Ledger(["ann", "bob"], () => now);
    late.publishing("ann", "m1");
    late.acknowledged("m1", 1);
    now += 1;
    late.connected("bob", true);
    now += 20_000;
    expect(late.totals).toMatchObject({ sent: 1, received: 0, ...NONE });
  });

  it("finds one that comes twice, at once or later", () => {
    receive("bob", 1, 2, 2, 3);
    receive("bob", 1);
    expect(faults()).toEqual({ ...NONE, doubled: 2 });
  });

  it("finds one that is in the log twice", () => {
    receive("bob", 1, 2);
    ledger.received("bob", { seq: 3, id: "m2" });
    expect(faults()).toEqual({ ...NONE, doubled: 1 });
  });

  it("finds two that have changed places", () => {
    receive("bob", 1, 3, 2, 4);
    expect(faults()).toEqual({ ...NONE, reordered: 1 });
  });

  it("finds two that the log has in another order than their publisher", () => {
    ledger.received("bob", { seq: 1, id: "m2" });
    ledger.received("bob", { seq: 2, id: "m1" });
    expect(faults()).toEqual({ ...NONE, reordered: 1 });
  });

  it("takes every corruption of a stream for a fault, and no other reader's", () => {
    const right = [1, 2, 3, 4, 5, 6, 7, 8, 9];
    for (let at = 0; at < right.length - 1; at++) {
      const corruptions = {
        lost: right.toSpliced(at, 1),
        doubled: right.toSpliced(at, 0, right[at] as number),
        reordered: right.with(at, right[at + 1] as number).with(at + 1, right[at] as number),
      };
      for (const [fault, stream] of Object.entries(corruptions)) {
        const counting = new Ledger(["ann", "bob"], () => now);
        counting.connected("bob", true);
        for (const seq of right) {
          counting.publishing("ann", `m${seq}`);
          counting.acknowledged(`m${seq}`, seq);
        }
        now += 1;
        for (const seq of stream) counting.received("bob", { seq, id: `m${seq}` });
        now += 10_001;
        expect(counting.totals[fault as "lost"], `${fault} at ${at}`).toBe(1);
      }
    }
  });

  it("does not count what was refused, and what others publish only for its place", () => {
    ledger.publishing("ann", "refused");
    ledger.refused("refused");
    receive("bob", 1, 2, 3, 4, 5, 6, 7, 8, 9);
    ledger.received("bob", { seq: 10, id: "a stranger's" });
    ledger.received("bob", { seq: 12, id: "another's" });
    expect(ledger.totals).toEqual({ sent: 9, received: 9, waiting: 0, lost: 1, doubled: 0, reordered: 0 });
  });

  it("begins anew where the log does", () => {
    receive("bob", 1, 2, 3, 4, 5, 6, 7, 8, 9);
    ledger.beganAnew("bob");
    ledger.received("bob", { seq: 1, id: "after" });
    ledger.received("bob", { seq: 2, id: "that" });
    expect(faults()).toEqual(NONE);
  });
});
