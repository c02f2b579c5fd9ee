import { describe, expect, test } from "vitest";
import { sdk } from "../../hostile/sdk.ts";
import { EPOCH, messages, type Script, scripted, welcome } from "../../support/fake-script.ts";
import { welcomeOf } from "../../support/fake-service.ts";
import { nothingUncaught } from "../../support/fake-uncaught.ts";
import { outcomeOf } from "../../support/sdk.ts";

nothingUncaught();

const good: Script = (say) => {
  say(welcome());
  say(messages(1));
};

describe("C4 nonsense ends the connection, and another begins", () => {
  test.each(sdk.frames)("$what", async ({ said, isIgnored = false }) => {
    const { world, dials, options } = scripted((say) => {
      say(welcome());
      say(said);
      return undefined;
    }, good);
    const { room, told } = world.room({}, options);
    await world.clock.advance(5000);
    expect(dials.length === 1).toBe(isIgnored);
    if (!isIgnored) expect(told.data.length).toBeGreaterThan(0);
    expect(told.data).toEqual(told.data.map((_each, index) => index + 1));
    expect(room.state.name).toBe("connected");
    room.leave();
    await world.clock.advance(1); // what is on its way to the service
    expect(world.clock.size).toBe(0);
  });
});

describe("C4 connected only after a welcome that makes sense", () => {
  test.each(sdk.welcomes)("$what", async ({ said }) => {
    const { world, dials, options } = scripted((say) => {
      say(said);
      return undefined;
    });
    const { room, told } = world.room({}, { ...options, random: () => 1 });
    await world.clock.advance(60_000);
    expect(told.states).not.toContain("connected");
    expect(dials.length).toBeGreaterThan(2);
    expect(dials.length).toBeLessThan(20);
    room.leave();
    await world.clock.advance(1); // what is on its way to the service
    expect(world.clock.size).toBe(0);
  });
});

describe("C2 the end", () => {
  test.each([1009, 4400, 4403, 4404, 4410, 4499])("%i is final", async (code) => {
    const { world, dials, options } = scripted((_say, socket) => void socket.end(code, "because"));
    const { room } = world.room({}, options);
    const outcome = outcomeOf(room.publish(1));
    await world.clock.advance(100_000);
    expect(room.state).toEqual({ name: "closed", code, reason: "because" });
    expect(outcome).toMatchObject({ settled: 1, error: { code: "closed" } });
    expect(dials.length).toBe(1);
    expect(world.clock.size).toBe(0);
    await expect(room.publish(2)).rejects.toMatchObject({ code: "closed" });
  });

  test.each([1000, 1001, 1005, 1006, 1011, 1012, 1013, 4408, 4429, 4500, 4503, 4399, 3000])(
    "%i comes back",
    async (code) => {
      const { world, options } = scripted((_say, socket) => void socket.end(code, "because"), good);
      const { room } = world.room({}, options);
      await world.clock.advance(2000);
      expect(room.state.name).toBe("connected");
    },
  );

  test("4401 comes back with another token, however often", async () => {
    const end: Script = (_say, socket) => void socket.end(4401, "unauthenticated");
    const { world, options } = scripted(...Array.from({ length: 12 }, () => end), good);
    const { room } = world.room({}, options);
    while (room.state.name !== "connected") await world.clock.advance(1000);
    expect(world.tokens).toBe(13);
  });
});

test("a seq that goes back is known already", async () => {
  const { world, options } = scripted((say) => {
    say(welcome());
    say(messages(1, 2, 3));
    say(messages(1, 2));
    say(messages(3, 4));
    return undefined;
  });
  const { room, told } = world.room({}, options);
  await world.clock.advance(1000);
  expect(told.seqs).toEqual([1, 2, 3, 4]);
  expect(room.cursor).toBe(`${EPOCH}-4`);
});

test("a rewind that was cut before its first message is asked for again", async () => {
  const { world, dials, options } = scripted(
    (say, socket) => {
      say(welcome(9, "replay"));
      socket.end(1006);
      return undefined;
    },
    (say) => {
      say(welcome(10, "replay"));
      say(messages(8, 9, 10));
      return undefined;
    },
  );
  const { told } = world.room({ rewind: 3 }, options);
  await world.clock.advance(3000);
  expect(dials.map(({ searchParams }) => searchParams.get("rewind"))).toEqual(["3", "3"]);
  expect(told.seqs).toEqual([8, 9, 10]);
});

test("RESUME-3 a gap is told, and what is left follows; a cleared log does not keep publishes waiting", async () => {
  const { world, options } = scripted((say) => {
    say(welcomeOf({}, `${EPOCH}-9`, "gap"));
    say({ type: "gap", after: `${EPOCH}-1`, oldest: `${EPOCH}-5`, reason: "expired" });
    say(messages(5, 6));
    say({ type: "gap", after: `${EPOCH}-6`, oldest: null, reason: "epoch", cursor: "another0life-0" });
    return (text) => {
      if (text === "ping") return;
      const { ref, id } = JSON.parse(text);
      say({ type: "ack", ref, seq: 1, cursor: "another0life-1", id, at: 1 });
    };
  });
  const { room, told } = world.room({ after: `${EPOCH}-1` }, options);
  const outcome = outcomeOf(room.publish("x"));
  await world.clock.advance(1000);
  expect(told.gaps).toBe(2);
  expect(told.seqs).toEqual([5, 6]);
  expect(room.cursor).toBe("another0life-0");
  expect(outcome).toMatchObject({ settled: 1, value: { cursor: "another0life-1" } });
});
