import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Log } from "../../../src/storage/log.ts";
import type { LogEntry } from "../../../src/storage/log-row.ts";
import type { Retention } from "../../../src/storage/log-window.ts";
import { chunk, sizedEntry } from "../../support/log-entries.ts";
import { holds } from "../../support/property.ts";
import { MemorySql } from "../../support/sqlite.ts";

type Step =
  | { kind: "append"; sizes: number[]; cut: number }
  | { kind: "wait"; ms: number }
  | { kind: "adopt" | "fetch" | "wake" | "trim" | "clear" };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("append" as const),
      sizes: fc.array(fc.oneof(fc.integer({ min: 60, max: 400 }), fc.constant(40_000)), {
        minLength: 1,
        maxLength: 30,
      }),
      cut: fc.nat(30),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("wait" as const), ms: fc.constantFrom(1, 30, 400, 2000) }) },
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constantFrom("adopt", "fetch", "fetch", "wake", "trim", "clear") }),
  } as { weight: number; arbitrary: fc.Arbitrary<Step> },
);

const retention: fc.Arbitrary<Retention> = fc.record({
  messages: fc.constantFrom(1, 5, 64, 70, 1e6),
  age: fc.constantFrom(100, 1000, 1e9),
  bytes: fc.constantFrom(300, 3000, 50_000, 1e9),
});

/** A log, and one that copies it: from its head on, and backwards page by page. */
class Copying {
  readonly #retention: Retention;
  readonly #origin: Log;
  readonly #sql = new MemorySql();
  #copy: Log;
  #entries: LogEntry[] = [];
  #isWhole = false;
  #epochs = 0;
  #now = 1000;

  constructor(retention: Retention) {
    this.#retention = retention;
    this.#origin = new Log(new MemorySql(), retention, () => `epoch${String(++this.#epochs).padStart(3, "0")}`);
    this.#origin.open(this.#now);
    this.#copy = this.#open();
    this.#adopt();
  }

  #open(): Log {
    return new Log(this.#sql, this.#retention, () => {
      throw new Error("a copy makes no epoch");
    });
  }

  #adopt(): void {
    this.#copy.adopt({ ...this.#origin.open(this.#now), bytes: this.#origin.bytes });
    this.#isWhole = false;
  }

  run(step: Step): void {
    switch (step.kind) {
      case "append": {
        const first = this.#origin.open(this.#now).seq + 1;
        const added = step.sizes.map((size, index) => sizedEntry(first + index, size, { at: this.#now }));
        this.#origin.append([chunk(...added)], this.#now);
        // It comes in other pieces.
        const pieces = [added.slice(0, step.cut), added.slice(step.cut)].filter(({ length }) => length > 0);
        for (const piece of pieces) this.#copy.append([chunk(...piece)], this.#now);
        this.#entries.push(...added);
        break;
      }
      case "wait":
        this.#now += step.ms;
        break;
      case "adopt":
        this.#adopt();
        break;
      case "fetch": {
        const { texts, first } = this.#origin.readBefore(this.#copy.first, 0, 1e9, 5000, this.#now);
        const page = this.#entries.filter(({ seq }) => seq >= first && seq < first + texts.length);
        expect(page.map(({ text }) => text)).toEqual(texts);
        if (page.length > 0) this.#copy.prepend([chunk(...page)]);
        this.#isWhole ||= texts.length === 0 || first <= this.#origin.oldest(this.#now);
        break;
      }
      case "wake":
        this.#copy = this.#open();
        break;
      case "trim":
        this.#copy.trim(this.#now);
        break;
      case "clear":
        this.#origin.clear(this.#now);
        this.#adopt();
        this.#isWhole = true;
        this.#entries = [];
        break;
      default:
        step satisfies never;
    }
    this.#compare();
  }

  #compare(): void {
    const [origin, copy, now] = [this.#origin, this.#copy, this.#now];
    expect([copy.head, copy.bytes]).toEqual([origin.head, origin.bytes]);
    const head = origin.open(now).seq;
    const oldest = Math.max(origin.oldest(now), copy.first);
    // Retention may be past what is missing: then nothing is.
    const isWhole = this.#isWhole || copy.oldest(now) > copy.first;
    if (isWhole) expect(copy.oldest(now)).toBe(origin.oldest(now));
    const [mine, theirs] = [copy, origin].map((log) => log.readAfter(oldest - 1, head, 1e9, 1e9, now).texts);
    expect(mine).toEqual(theirs);
  }
}

describe("a copy of a log's end", () => {
  test("RELAY-5 retains exactly what the log does, whatever is copied when, and whenever it wakes", () => {
    holds(
      fc.property(retention, fc.array(step, { maxLength: 40 }), (kept, steps) => {
        const copying = new Copying(kept);
        for (const each of steps) copying.run(each);
      }),
    );
  });

  test("RELAY-5 stands at the head that it has adopted, though what is before it ends earlier", () => {
    const sql = new MemorySql();
    const keep = { messages: 100, age: 1e9, bytes: 1e9 };
    const never = () => {
      throw new Error("a copy makes no epoch");
    };
    const copy = new Log(sql, keep, never);
    copy.adopt({ epoch: "aaaaaaaa", seq: 10, at: 1000, bytes: 1000 });
    copy.prepend([chunk(sizedEntry(7, 100), sizedEntry(8, 100))]); // a damaged row was there
    const woken = new Log(sql, keep, never);
    expect([woken.head, woken.bytes, woken.first]).toEqual([{ epoch: "aaaaaaaa", seq: 10, at: 1000 }, 1000, 7]);
    woken.append([chunk(sizedEntry(11, 100))], 1000);
    expect([woken.head?.seq, new Log(sql, keep, never).bytes]).toEqual([11, 1100]);
    expect(woken.readAfter(8, 11, 10, 1e6, 1000)).toMatchObject({ first: 11 });
  });
});
