import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Ack } from "../../../../src/core/batch.ts";
import type { Session } from "../../../../src/core/session.ts";
import type { Published } from "../../../../src/core/upstream.ts";
import type { UpAnswer, UpCall } from "../../../../src/object/relays/calls.ts";
import { Uplink } from "../../../../src/object/relays/uplink.ts";
import type { Failure } from "../../../../src/protocol/codes.ts";

const EPOCH = "aaaaaaaa";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A room that takes everything, one seq a message. */
class FakeRoom {
  readonly calls: UpCall[] = [];
  seq = 0;

  answer({ acts }: UpCall): UpAnswer {
    const results = acts.map((act): Published | null =>
      act.kind !== "publish"
        ? null
        : {
            epoch: EPOCH,
            receipts: act.drafts.map(({ id }) => ({ seq: ++this.seq, id: id as string, at: 1, duplicate: false })),
          },
    );
    return { kind: "done", head: { epoch: EPOCH, seq: this.seq }, results };
  }
}

function linked(call?: (call: UpCall, room: FakeRoom) => Promise<UpAnswer>) {
  const room = new FakeRoom();
  const seen = {
    reached: [] as boolean[],
    ended: [] as string[],
    acks: [] as Ack[],
    at: 0,
    missed: 0,
    subscription: "s1",
  };
  const uplink = new Uplink({
    name: "weur.0/lobby",
    mostMessages: 5,
    mostBytes: 1000,
    connections: () => 3,
    at: () => ({ epoch: EPOCH, seq: seen.at }),
    subscription: async () => seen.subscription,
    call: async (each) => {
      room.calls.push(each);
      return call === undefined ? room.answer(each) : call(each, room);
    },
    page: async () => `"messages":[]`,
    ended: (subscription) => void seen.ended.push(subscription),
    missed: () => void seen.missed++,
    reached: (isReached) => void seen.reached.push(isReached),
    sendAcks: (acks) => void seen.acks.push(...acks),
    randomId: () => "made-up",
    turn: (event) => event(Date.now()),
  });
  return { uplink, room, seen, run: () => vi.advanceTimersByTimeAsync(0) };
}

const session = (echo = true) => ({ echo }) as Session;
const draft = (id: string | null, data: string = "x") => ({ id, event: "message", data, user: "alice" });

/** Publishes; answers where what became of it is found. */
function publish(uplink: Uplink, of: Session | null, ...ids: (string | null)[]) {
  const outcome: { value: Published | Failure | null | undefined } = { value: undefined };
  const refusal = uplink.publish({
    drafts: ids.map((id) => draft(id)),
    session: of,
    answered: (value, acks) => {
      outcome.value = value;
      if (value !== null && "receipts" in value && of !== null)
        acks.push({ session: of, ref: "r", receipt: value.receipts[0] as Ack["receipt"] });
    },
  });
  return { outcome, refusal };
}

const idsIn = ({ acts }: UpCall) =>
  acts.map((act) => (act.kind === "publish" ? act.drafts.map(({ id }) => id) : "signal"));
const lost = async () => {
  throw new Error("made by a test: lost");
};

describe("what a relay asks of its room", () => {
  test("RELAY-3 goes up in order, one call at a time; what comes meanwhile goes with the next", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { uplink, room, seen, run } = linked(async (call, there) => {
      await promise;
      return there.answer(call);
    });
    const alice = session();
    publish(uplink, alice, "1");
    await run();
    const array = publish(uplink, null, "2", "3");
    uplink.signal({ event: "e", data: 1 }, { userJson: '"alice"', origin: alice, connection: "c" });
    publish(uplink, alice, "4");
    await run();
    expect(room.calls.map(idsIn)).toEqual([[["1"]]]);
    resolve();
    await run();
    expect(room.calls.map(idsIn)).toEqual([[["1"]], [["2", "3"], "signal", ["4"]]]);
    expect(seen.acks.map(({ receipt }) => receipt.seq)).toEqual([1, 4]);
    expect(array.outcome.value).toMatchObject({ receipts: [{ seq: 2 }, { seq: 3 }] });
    expect(room.calls.map(({ connections }) => connections)).toEqual([3, 3]);
  });

  test("RELAY-3 is repeated under its number and ids; an id that was made up here is never told as a duplicate", async () => {
    const { uplink, room, run } = linked(async (call, there) => {
      if (there.calls.length < 3) return lost();
      const answer = there.answer(call) as Extract<UpAnswer, { kind: "done" }>;
      const results = answer.results.map(
        (result) =>
          result &&
          "receipts" in result && { ...result, receipts: result.receipts.map((r) => ({ ...r, duplicate: true })) },
      );
      return { ...answer, results: results as Published[] };
    });
    const [own, made] = [publish(uplink, session(), "1"), publish(uplink, session(), null)];
    await run();
    await vi.advanceTimersByTimeAsync(300);
    const [first] = room.calls;
    expect(room.calls.map(({ number, isRepeated }) => [number === first?.number, isRepeated])).toEqual([
      [true, false],
      [true, true],
      [true, true],
    ]);
    expect(room.calls.map(idsIn)).toEqual(Array(3).fill([["1"], ["made-up"]]));
    expect(own.outcome.value).toMatchObject({ receipts: [{ duplicate: true }] });
    expect(made.outcome.value).toMatchObject({ receipts: [{ duplicate: false }] });
  });

  test("RELAY-3 when nobody knows what became of it nothing is known of what came behind it either", async () => {
    const { uplink, room, seen, run } = linked(lost);
    const first = publish(uplink, session(), "1");
    const asked = uplink.ask().catch((error: Error) => error.message);
    await run();
    const second = publish(uplink, session(), "2");
    await vi.advanceTimersByTimeAsync(5000);
    expect([first.outcome.value, second.outcome.value]).toEqual([null, null]);
    expect(await asked).toContain("cannot be reached");
    expect(room.calls.map(idsIn)).toEqual(Array(4).fill([["1"]]));
    expect(seen.reached).toEqual(Array(4).fill(false));
  });

  test("RELAY-8 goes on under another subscription when the room has ended the first; not when the room was erased", async () => {
    const answers: UpAnswer[] = [{ kind: "ended", ending: { code: 4503 } }];
    const { uplink, room, seen, run } = linked(async (call, there) => answers.shift() ?? there.answer(call));
    const { outcome } = publish(uplink, session(), "1");
    await run();
    seen.subscription = "s2";
    await vi.advanceTimersByTimeAsync(100);
    expect([seen.ended, room.calls.map(({ subscription }) => subscription)]).toEqual([["s1"], ["s1", "s2"]]);
    expect(outcome.value).toMatchObject({ receipts: [{ seq: 1 }] });
    answers.push({ kind: "ended", ending: { code: 4410 } });
    const late = publish(uplink, session(), "2");
    await vi.advanceTimersByTimeAsync(5000);
    expect([late.outcome.value, room.calls.length]).toEqual([null, 3]);
  });

  test("RELAY-3 a number below the last, by a clock that was set back, is raised", async () => {
    const answers: UpAnswer[] = [{ kind: "stale", last: 9e15 }];
    const { uplink, room, run } = linked(async (call, there) => answers.shift() ?? there.answer(call));
    publish(uplink, session(), "1");
    await run();
    await vi.advanceTimersByTimeAsync(100);
    expect(room.calls[1]?.number).toBe(9e15 + 1);
  });

  test("RELAY-3 is bounded, in messages and bytes, and there is room again when it is settled", async () => {
    const { uplink, run } = linked();
    expect(publish(uplink, null, ..."12345").refusal).toBeNull();
    expect(publish(uplink, null, "6").refusal).toMatchObject({ code: "overloaded" });
    await run();
    expect(publish(uplink, null, "7").refusal).toBeNull();
    const large = { drafts: [draft("8", "x".repeat(1000))], session: null, answered: () => undefined };
    expect(uplink.publish(large)).toMatchObject({ code: "overloaded" });
    const sender = { userJson: '"alice"', origin: null, connection: null };
    expect(uplink.signal({ event: "e", data: "x".repeat(1000) }, sender)).toMatchObject({ code: "overloaded" });
  });

  test("RELAY-3 who leaves is told when all that it published is settled, after its acks", async () => {
    const { uplink, seen, run } = linked();
    const alice = session();
    expect(uplink.settled(alice, () => undefined)).toBe(false);
    publish(uplink, alice, "1");
    publish(uplink, alice, "2");
    const acksBefore: number[] = [];
    expect(uplink.settled(alice, () => void acksBefore.push(seen.acks.length))).toBe(true);
    await run();
    expect(acksBefore).toEqual([2]);
    expect(uplink.settled(alice, () => undefined)).toBe(false);
  });

  test("RELAY-3 what a connection does not want back is known until it has come down, or will not come", async () => {
    const { uplink, seen, run } = linked();
    const quiet = session(false);
    const comesDown = (user: string, id: string, data = "x") =>
      uplink.unwanted.take({ user, id, text: JSON.stringify({ event: "message", data }) });
    publish(uplink, quiet, "1");
    publish(uplink, quiet, "2");
    expect(comesDown("alice", "2", "another")).toBeNull(); // of another device, which was faster
    expect(comesDown("alice", "1")).toBe(quiet); // it comes before its ack
    expect(comesDown("bob", "2")).toBeNull();
    await run();
    expect(comesDown("alice", "2")).toBe(quiet); // or after
    expect(comesDown("alice", "2")).toBeNull();
    seen.at = 3;
    publish(uplink, quiet, "3");
    await run();
    expect(comesDown("alice", "3")).toBeNull(); // it was there before
    publish(uplink, session(), "4");
    expect(comesDown("alice", "4")).toBeNull();
  });

  test("RELAY-2 a question is answered by a call that begins after it", async () => {
    const waiting: (() => void)[] = [];
    const { uplink, room, run } = linked(async (call, there) => {
      const answer = there.answer(call);
      await new Promise<void>((resolve) => waiting.push(resolve));
      return answer;
    });
    const first = uplink.ask();
    await run();
    room.seq = 7;
    const [second, third] = [uplink.ask(), uplink.ask()];
    await run();
    waiting.shift()?.();
    await run();
    waiting.shift()?.();
    expect(await Promise.all([first, second, third])).toEqual([0, 7, 7].map((seq) => ({ epoch: EPOCH, seq })));
    expect(room.calls).toHaveLength(2);
  });
});
