import fc from "fast-check";
import { expect, test } from "vitest";
import { Log } from "../../../src/storage/log.ts";
import type { LogEntry } from "../../../src/storage/log-row.ts";
import type { Retention } from "../../../src/storage/log-window.ts";
import { chunk, sizedEntry } from "../../support/log-entries.ts";
import { LogModel } from "../../support/log-model.ts";
import { holds } from "../../support/property.ts";
import { MemorySql } from "../../support/sqlite.ts";

type Step =
  | { kind: "append"; sizes: number[][] }
  | { kind: "wait"; ms: number }
  | { kind: "trim" | "wake" }
  | { kind: "after" | "before"; from: number; to: number; count: number; bytes: number }
  | { kind: "since"; ago: number };

const size = fc.oneof(fc.integer({ min: 60, max: 400 }), fc.constantFrom(5000, 40_000));
const place = fc.oneof(fc.nat(12), fc.nat(200));
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("append" as const),
      sizes: fc.array(fc.array(size, { minLength: 1, maxLength: 20 }), { minLength: 1, maxLength: 3 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("wait" as const), ms: fc.constantFrom(1, 30, 400, 2000) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom("trim" as const, "wake" as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom("after" as const, "before" as const),
      from: place,
      to: place,
      count: fc.constantFrom(1, 3, 100),
      bytes: fc.constantFrom(1, 500, 6000, 1e6),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("since" as const), ago: fc.nat(3000) }) },
);

const retention: fc.Arbitrary<Retention> = fc.record({
  messages: fc.constantFrom(1, 5, 64, 70, 1e6),
  age: fc.constantFrom(100, 1000, 1e9),
  bytes: fc.constantFrom(300, 3000, 50_000, 1e9),
});

/** A log and a plain array of what was put in it, compared after every step. */
class Comparison {
  readonly #sql = new MemorySql();
  readonly #retention: Retention;
  readonly #model: LogModel;
  #log: Log;
  #now = 1000;
  #oldest = 1;

  constructor(retention: Retention) {
    this.#retention = retention;
    this.#model = new LogModel(retention);
    this.#log = this.#wake();
    this.#log.open(this.#now);
  }

  take(step: Step): void {
    this.#do(step);
    expect(this.#log.head?.seq).toBe(this.#model.head);
    const oldest = this.#log.oldest(this.#now);
    expect(oldest).toBe(this.#model.oldest(this.#now));
    expect(oldest).toBeGreaterThanOrEqual(this.#oldest);
    this.#oldest = oldest;
  }

  #do(step: Step): void {
    const [log, model, now] = [this.#log, this.#model, this.#now];
    switch (step.kind) {
      case "append":
        return log.append(
          step.sizes.map((sizes) => chunk(...sizes.map((bytes) => this.#message(bytes)))),
          now,
        );
      case "wait":
        this.#now += step.ms;
        return;
      case "trim":
        return log.trim(now);
      case "wake":
        this.#log = this.#wake();
        return;
      case "after": {
        const bounds = [step.from, Math.min(step.to, model.head), step.count, step.bytes, now] as const;
        const { first, texts } = log.readAfter(...bounds);
        expect(texts).toEqual(model.readAfter(...bounds).texts);
        if (texts.length > 0) expect(first).toBe(model.readAfter(...bounds).first);
        return;
      }
      case "before": {
        const bounds = [step.from, step.to, step.count, step.bytes, now] as const;
        const { first, texts } = log.readBefore(...bounds);
        expect(texts).toEqual(model.readBefore(...bounds).texts);
        if (texts.length > 0) expect(first).toBe(model.readBefore(...bounds).first);
        return;
      }
      case "since":
        expect(log.firstSince(now - step.ago, now)).toBe(model.firstSince(now - step.ago, now));
        return;
      default:
        return step satisfies never;
    }
  }

  #message(bytes: number): LogEntry {
    const message = sizedEntry(this.#model.head + 1, bytes, { at: this.#now });
    this.#model.all.push(message);
    return message;
  }

  #wake(): Log {
    return new Log(this.#sql, this.#retention, () => "epoch001");
  }
}

test("RETAIN-1 MSG-2 a log answers as a plain array does, whatever is retained and whenever it wakes", () => {
  holds(
    fc.property(retention, fc.array(step, { minLength: 5, maxLength: 40 }), (retention, steps) => {
      const comparison = new Comparison(retention);
      for (const step of steps) comparison.take(step);
    }),
    200,
  );
}, 30_000);
