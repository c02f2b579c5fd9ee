import fc from "fast-check";
import { expect, test } from "vitest";
import type { Peer } from "../../support/peer.ts";
import { holds } from "../../support/property.ts";
import { TestChannel } from "../../support/test-channel.ts";

type Step =
  | { kind: "publish"; large: boolean; count: number }
  | { kind: "flush" | "replay" | "sleep" }
  | { kind: "connect"; back: number }
  | { kind: "read"; peer: number; full: boolean }
  | { kind: "cut"; peer: number };

const peer = fc.nat(20);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("publish" as const),
      large: fc.boolean(),
      count: fc.integer({ min: 1, max: 4 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom("flush" as const, "replay" as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("sleep" as const) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("connect" as const), back: fc.nat(30) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("read" as const), peer, full: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("cut" as const), peer }) },
);

/** A reader over all its connections: the last seq it has. */
interface Reader {
  peer: Peer;
  position: number;
}

/** Takes what a reader was sent: each message must be the next. */
function read(reader: Reader): void {
  for (const frame of reader.peer.news()) {
    if (frame.type === "gap") throw new Error("a gap, though everything is retained");
    for (const { seq } of frame.messages ?? []) {
      if (seq !== reader.position + 1) throw new Error(`after ${reader.position} came ${seq}`);
      reader.position = seq;
    }
  }
}

class Seam {
  readonly #world = new TestChannel({ PUBLISH_RATE: 0, PUBLISH_BURST: 1e6, PENDING_BYTES: 1e9 });
  readonly #readers: Reader[] = [];

  constructor() {
    this.#world.members();
    this.#publish(6, true);
    this.#world.run("flush");
  }

  take(step: Step): void {
    const world = this.#world;
    const reader = "peer" in step ? this.#readers[step.peer % Math.max(1, this.#readers.length)] : undefined;
    switch (step.kind) {
      case "publish":
        return this.#publish(step.count, step.large);
      case "flush":
      case "replay":
        return world.run(step.kind);
      case "sleep":
        if (world.host.tasks.size > 0) return;
        return world.hibernate();
      case "connect":
        if (this.#readers.length < 20) this.#readers.push(this.#connect(Math.max(0, this.#head() - step.back)));
        return;
      case "read":
        if (reader === undefined) return;
        read(reader);
        reader.peer.subscriber.unsentBytes = step.full ? 300_000 : 0;
        return;
      case "cut":
        if (reader === undefined) return;
        read(reader);
        reader.peer.close();
        reader.peer = this.#connect(reader.position).peer;
        return;
      default:
        return step satisfies never;
    }
  }

  /** Everyone reads all there is, and must be at the head. */
  finish(): void {
    for (const { peer } of this.#readers) peer.subscriber.unsentBytes = 0;
    this.#world.advance(5000);
    for (const reader of this.#readers) {
      read(reader);
      expect(reader.position).toBe(this.#head());
    }
  }

  #head(): number {
    return this.#world.log.head?.seq ?? 0;
  }

  #publish(count: number, large: boolean): void {
    const data = "x".repeat(large ? 60_000 : 100);
    for (let index = 0; index < count; index++) this.#world.publish("server", [{ data }]);
  }

  #connect(position: number): Reader {
    const start = { kind: "after", cursor: { epoch: "epoch001", seq: position } } as const;
    return { peer: this.#world.connect("reader", { start, member: false }), position };
  }
}

test("RESUME-2 RESUME-5 I12 whatever comes between its pages, a reader gets everything once and in order", () => {
  holds(
    fc.property(fc.array(step, { minLength: 10, maxLength: 50 }), (steps) => {
      const seam = new Seam();
      for (const step of steps) seam.take(step);
      seam.finish();
    }),
    60,
  );
}, 30_000);
