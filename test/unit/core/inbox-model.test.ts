import fc from "fast-check";
import { expect, test } from "vitest";
import { markRead } from "../../../src/core/read.ts";
import { holds } from "../../support/property.ts";
import { TestChannel } from "../../support/test-channel.ts";

const OWNER = "alice";
const RETAINED = 6;
const AGE = 1000;

type Step =
  | { kind: "publish"; authors: string[] }
  | { kind: "read"; life: number; seq: number; device: number }
  | { kind: "wait"; ms: number }
  | { kind: "clear" | "erase" }
  | { kind: "hibernate" | "crash" | "connect" };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("publish" as const),
      authors: fc.array(fc.constantFrom(OWNER, "bob", "carol"), { minLength: 1, maxLength: 4 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("read" as const),
      life: fc.constantFrom(0, 0, 0, 1), // how many lives of the log ago
      seq: fc.nat(14),
      device: fc.nat(3),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("wait" as const), ms: fc.constantFrom(1, 400, 700) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("connect" as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom("clear" as const, "erase" as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom("hibernate" as const, "crash" as const) }) },
);

/** An inbox as one would write it down by hand: all messages of this life, and how far they are read. */
class Model {
  life = 1;
  messages: { author: string; at: number }[] = [];
  position = 0;

  unread(now: number): number {
    return this.messages.filter(({ author, at }, index) => {
      const seq = index + 1;
      const isRetained = seq > this.messages.length - RETAINED && at >= now - AGE;
      return isRetained && author !== OWNER && seq > this.position;
    }).length;
  }

  state(now: number) {
    return { read: `${epochOf(this.life)}-${this.position}`, unread: this.unread(now) };
  }

  forget(): void {
    this.life++;
    this.messages = [];
    this.position = 0;
  }
}

const epochOf = (life: number) => `epoch${String(life).padStart(3, "0")}`;

/** The inbox and its model, compared after every step: what a newcomer is shown, and what all devices were told. */
class Comparison {
  readonly #world = new TestChannel({ RETAIN_MESSAGES: RETAINED, RETAIN_AGE: AGE }, OWNER);
  readonly #model = new Model();
  /** Whether the log of this life was made: an erased one waits for its next use. */
  #isOpen = false;

  take(step: Step): void {
    this.#do(step);
    const { read, unread } = this.#connect();
    expect({ read, unread }).toEqual(this.#model.state(this.#world.now));
  }

  #connect() {
    this.#isOpen = true;
    const peer = this.#world.connect(OWNER, { member: false });
    const [welcome] = peer.news();
    if (this.#world.peers.size > 4) peer.close(1000);
    return welcome;
  }

  #do(step: Step): void {
    const [world, model] = [this.#world, this.#model];
    switch (step.kind) {
      case "publish":
        for (const author of step.authors) {
          world.publish(author, [{}]);
          model.messages.push({ author, at: world.now });
        }
        this.#isOpen = true;
        return world.settle();
      case "read":
        return this.#read(step);
      case "wait":
        return world.advance(step.ms);
      case "connect":
        return void this.#connect();
      case "clear":
      case "erase":
        world.turn(({ channel }) => channel.administration[step.kind](world.now));
        if (this.#isOpen) model.forget();
        this.#isOpen &&= step.kind === "clear";
        return;
      case "hibernate":
        world.settle();
        return world.hibernate();
      case "crash":
        return world.crash();
      default:
        return step satisfies never;
    }
  }

  #read({ life, seq, device }: Extract<Step, { kind: "read" }>): void {
    const [world, model] = [this.#world, this.#model];
    this.#connect(); // an erased log is another life from here on
    const peers = [...world.peers.values()];
    for (const peer of peers) peer.news();
    const reader = peers[device % peers.length];
    const epoch = epochOf(model.life - life);
    const answer = world.turn(({ channel }) =>
      markRead(channel, { epoch, seq }, reader?.session.connection ?? null, world.now),
    );
    const isAhead = life === 0 && seq > model.messages.length;
    const moves = life === 0 && !isAhead && seq > model.position;
    if (moves) model.position = seq;
    const { read, unread } = model.state(world.now);
    expect(answer).toEqual(isAhead ? null : { read, unread });
    const told = moves ? [{ type: "read", cursor: read, unread }] : [];
    for (const peer of peers) expect(peer.news()).toEqual(peer === reader ? [] : told);
  }
}

test("INBOX-2 INBOX-3 INBOX-4 an inbox answers and tells as a list kept by hand does", () => {
  holds(
    fc.property(fc.array(step, { minLength: 5, maxLength: 40 }), (steps) => {
      const comparison = new Comparison();
      for (const step of steps) comparison.take(step);
    }),
    300,
  );
}, 30_000);
