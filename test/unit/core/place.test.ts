import fc from "fast-check";
import { expect, test } from "vitest";
import { fitAt, type Place } from "../../../src/core/place.ts";
import { MORE } from "../../../src/core/pull.ts";
import type { ConnectOptions, Session } from "../../../src/core/session.ts";
import type { Cursor } from "../../../src/protocol/cursor.ts";
import { FakeSubscriber } from "../../support/fake-subscriber.ts";
import { holds } from "../../support/property.ts";
import { identity, TestChannel } from "../../support/test-channel.ts";

const A = { epoch: "aaaaaaaa", seq: 5 };
const at = (previous: Cursor | null, to: number, epoch = "aaaaaaaa"): Place => ({ epoch, previous, to });

test.each([
  ["begins", at(null, 9), "next"],
  ["follows on", at(A, 6), "next"],
  ["follows on in another epoch", at(A, 0, "bbbbbbbb"), "next"],
  ["leaves something out", at({ ...A, seq: 6 }, 7), "behind"],
  ["is of another epoch", at({ epoch: "bbbbbbbb", seq: 5 }, 6, "bbbbbbbb"), "behind"],
  ["was there before", at({ ...A, seq: 3 }, 5), "old"],
  ["overlaps", at({ ...A, seq: 3 }, 6), "behind"],
] as const)("SUB-2 for a reader at 5 what %s fits so", (_what, place, fit) => {
  expect(fitAt(A, place, true)).toBe(fit);
  // With an end that has lost its memory only what follows on can be believed: the log may have been set back.
  expect(fitAt(A, place, false)).toBe(fit === "old" ? "behind" : fit);
});

/** Another object: it goes by the places alone. */
class Remote extends FakeSubscriber {
  readonly isRemote = true;
  position: Cursor | null = null;
  wantsPage = false;
  readonly seqs: string[] = [];
  readonly gaps: string[] = [];

  override send(frame: string, place: Place | null = null): void {
    if (frame === MORE) this.wantsPage = true;
    if (place === null) return;
    if (this.position !== null && fitAt(this.position, place, true) !== "next")
      throw new Error(`${frame} ${JSON.stringify(place)} does not follow ${JSON.stringify(this.position)}`);
    this.position = { epoch: place.epoch, seq: place.to };
    if (frame === "") return;
    const { type, messages, ...rest } = JSON.parse(frame);
    if (type === "messages") for (const { seq } of messages) this.seqs.push(`${place.epoch}-${seq}`);
    else if (type === "gap") this.gaps.push(rest.reason);
  }
}

let followers = 0;

function follow(world: TestChannel, echo: boolean, after: Cursor | null): { remote: Remote; session: Session } {
  const remote = new Remote();
  const options: ConnectOptions = {
    connection: `remote-${++followers}`,
    transport: "ws",
    view: "frames",
    presence: "none",
    member: false,
    data: undefined,
    echo,
    acks: "single",
    signals: false,
    start: after === null ? { kind: "now" } : { kind: "after", cursor: after },
  };
  const session = world.turn(({ channel }) => channel.connect(identity("alice"), options, remote, world.now));
  return { remote, session };
}

const deeds = fc.array(fc.constantFrom("others", "own", "many", "clear", "behind", "page", "trim"), { maxLength: 30 });

test("SUB-2 what goes to another object says where it lies: it always follows on, and ends at the head", () => {
  holds(
    fc.property(deeds, fc.boolean(), fc.boolean(), (steps, echo, fromStart) => {
      const world = new TestChannel({ RETAIN_MESSAGES: 500, PUBLISH_RATE: 0 });
      world.publish(
        "bob",
        Array.from({ length: 20 }, () => ({ data: "x".repeat(20_000) })),
      );
      world.settle();
      const { remote, session } = follow(world, echo, fromStart ? { epoch: world.channel.epoch, seq: 3 } : null);
      const pull = () => {
        remote.wantsPage = false;
        world.turn(({ channel }) => channel.pullFrom(session, remote.position as Cursor, world.now));
      };
      for (const step of steps) {
        if (step === "others") world.publish("bob", [{ data: 1 }]);
        else if (step === "many")
          world.publish(
            "bob",
            Array.from({ length: 100 }, () => ({ data: "x".repeat(9000) })),
          );
        else if (step === "own") world.publish("alice", [{ data: 1 }], session.connection);
        else if (step === "clear") world.turn(({ channel }) => channel.administration.clear(world.now));
        else if (step === "trim") world.advance(1000);
        else if (step === "behind") pull();
        else if (remote.wantsPage) pull();
        world.settle();
      }
      for (let page = 0; page < 50 && (page === 0 || remote.wantsPage); page++) pull();
      world.settle();
      const { epoch, seq } = world.log.head as { epoch: string; seq: number };
      expect(remote.position).toEqual({ epoch, seq });
      expect(new Set(remote.seqs).size).toBe(remote.seqs.length);
    }),
    200,
  );
});
