import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { EdgewireOptions } from "../../../src/client/index.ts";
import { welcomeOf } from "../../support/fake-service.ts";
import { type FakeSocket, fakeWebSocket } from "../../support/fake-socket.ts";
import { outcomeOf, SdkWorld } from "../../support/sdk.ts";

/** What nobody caught while a test ran: there must be none. */
const uncaught: unknown[] = [];
const catchIt = (error: unknown) => void uncaught.push(error);

beforeEach(() => {
  uncaught.length = 0;
  process.on("unhandledRejection", catchIt).on("uncaughtException", catchIt);
});
afterEach(() => {
  process.off("unhandledRejection", catchIt).off("uncaughtException", catchIt);
  expect(uncaught).toEqual([]);
});

const EPOCH = "fake0epoch0";
const welcome = (seq = 0, resume = "live") => welcomeOf({}, `${EPOCH}-${seq}`, resume);
const message = (seq: number, data: unknown = seq) => ({
  seq,
  id: `m${seq}`,
  user: "bob",
  at: 1,
  event: "message",
  data,
});
const messages = (...seqs: number[]) => ({ type: "messages", messages: seqs.map((seq) => message(seq)) });

/** Each dial is answered by the next script; what it says goes out as it is, objects as JSON. */
type Script = (say: (frame: unknown) => void, socket: FakeSocket, url: URL) => undefined | ((frame: string) => void);

function scripted(...scripts: Script[]): { world: SdkWorld; dials: URL[]; options: Partial<EdgewireOptions> } {
  const world = new SdkWorld();
  const dials: URL[] = [];
  const WebSocket = fakeWebSocket((socket, url, protocols) => {
    const script = scripts[Math.min(dials.length, scripts.length - 1)] as Script;
    dials.push(url);
    let heard: undefined | ((frame: string) => void);
    world.clock.setTimeout(() => {
      socket.open();
      const say = (frame: unknown) =>
        socket.message(typeof frame === "string" || frame instanceof Blob ? frame : JSON.stringify(frame));
      heard = script(say, socket, url);
    }, 1);
    return {
      url,
      protocols,
      fromClient: (text) => world.clock.setTimeout(() => heard?.(text), 1),
      closedByClient: () => {},
    };
  });
  return { world, dials, options: { WebSocket, transports: ["websocket"] } };
}

const good: Script = (say) => {
  say(welcome());
  say(messages(1));
};

const NONSENSE: readonly [string, unknown][] = [
  ["no JSON", "{"],
  ["nothing", ""],
  ["an array", "[]"],
  ["null", "null"],
  ["no type", "{}"],
  ["a type of a prototype", '{"type":"__proto__"}'],
  ["bytes", new Blob(["x"])],
  ["100 MB", "x".repeat(100 * 1024 * 1024)],
  ["very deep", `${"[".repeat(200_000)}${"]".repeat(200_000)}`],
  ["messages that are none", { type: "messages", messages: [null] }],
  ["messages with a fault", { type: "messages", messages: [{ ...message(1), seq: "1" }] }],
  ["a member that is none", { type: "presence", count: 1, joined: [7] }],
  ["a gap without a cursor", { type: "gap", after: "x", oldest: null, reason: "epoch" }],
  ["a gap with a cursor that is none", { type: "gap", after: "x", oldest: "nonsense", reason: "expired" }],
  ["a hole", messages(5)],
  ["a hole within a frame", messages(1, 2, 4)],
  ["a second welcome", welcome(7)],
];

describe("C4 nonsense ends the connection, and another begins", () => {
  test.each(NONSENSE)("%s", async (_, nonsense) => {
    const { world, dials, options } = scripted((say) => {
      say(welcome());
      say(nonsense);
      return undefined;
    }, good);
    const { room, told } = world.room({}, options);
    await world.clock.advance(5000);
    if (dials.length === 1)
      expect(nonsense).toBe('{"type":"__proto__"}'); // a type of later: ignored
    else expect(told.data.length).toBeGreaterThan(0);
    expect(told.data).toEqual(told.data.map((_each, index) => index + 1));
    expect(room.state.name).toBe("connected");
    room.leave();
    await world.clock.advance(1); // what is on its way to the service
    expect(world.clock.size).toBe(0);
  });
});

const NO_WELCOMES: readonly [string, unknown][] = [
  ["a message first", messages(1)],
  ["without limits", { ...welcome(), limits: {} }],
  ["without a heartbeat", { ...welcome(), heartbeat: null }],
  ["a cursor that is none", { ...welcome(), cursor: "here" }],
  ["nothing at all", "pong"],
];

describe("C4 connected only after a welcome that makes sense", () => {
  test.each(NO_WELCOMES)("%s", async (_, first) => {
    const { world, dials, options } = scripted((say) => {
      say(first);
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

describe("acknowledgements", () => {
  const answering = (answer: (frame: { ref: string; id: string }, say: (frame: unknown) => void) => void): Script => {
    return (say) => {
      say(welcome());
      return (text) => text !== "ping" && answer(JSON.parse(text), say);
    };
  };
  const receipt = (seq: number) => ({ seq, cursor: `${EPOCH}-${seq}`, id: "x", at: 1 });

  test("C3 for nothing, and twice", async () => {
    const { world, options } = scripted(
      answering(({ ref }, say) => {
        say({ type: "ack", ref: "nobody", ...receipt(9) });
        for (let n = 0; n < 3; n++) say({ type: "ack", ref, ...receipt(1) });
        say({ type: "error", ref, code: "forbidden", message: "late" });
      }),
    );
    const { room } = world.room({}, options);
    const outcome = outcomeOf(room.publish("x"));
    await world.clock.advance(1000);
    expect(outcome).toMatchObject({ settled: 1, value: { seq: 1 } });
    expect(room.state.name).toBe("connected");
  });

  test.each([{}, { seq: "1" }, { seq: 1, cursor: 7 }])(
    "C3 without a receipt: %j; it is sent again",
    async (nothing) => {
      const { world, dials, options } = scripted(
        answering(({ ref }, say) => say({ type: "ack", ref, ...nothing })),
        answering(({ ref }, say) => say({ type: "ack", ref, ...receipt(1) })),
      );
      const { room } = world.room({}, options);
      const outcome = outcomeOf(room.publish("x"));
      await world.clock.advance(3000);
      expect(outcome).toMatchObject({ settled: 1, value: { seq: 1 } });
      expect(dials.length).toBe(2);
    },
  );

  test("C3 none at all: another connection is asked", async () => {
    let pongs = 0;
    const silent: Script = (say) => {
      say(welcome());
      return (text) => {
        if (text !== "ping") return;
        pongs++;
        say("pong");
      };
    };
    const { world, options } = scripted(
      silent,
      answering(({ ref }, say) => say({ type: "ack", ref, ...receipt(1) })),
    );
    const { room } = world.room({}, options);
    const outcome = outcomeOf(room.publish("x"));
    await world.clock.advance(60_000);
    expect(pongs).toBeGreaterThan(0);
    expect(outcome).toMatchObject({ settled: 1, value: { seq: 1 } });
  });

  test("a refusal that does not pass rejects, and those behind it go on", async () => {
    const { world, options } = scripted(
      answering(({ ref, id }, say) => {
        if (id === "bad") say({ type: "error", ref, code: "forbidden", message: "no" });
        else say({ type: "ack", ref, ...receipt(1) });
      }),
    );
    const { room } = world.room({}, options);
    const [bad, fine] = [outcomeOf(room.publish(1, { id: "bad" })), outcomeOf(room.publish(2, { id: "auth" }))];
    await world.clock.advance(1000);
    expect(bad).toMatchObject({ settled: 1, error: { code: "forbidden" } });
    expect(fine).toMatchObject({ settled: 1, value: { seq: 1 } });
  });

  test("one that is too large is refused here: the service would close for good", async () => {
    const sent: string[] = [];
    const { world, options } = scripted((say) => {
      say(welcome());
      return (text) => void sent.push(text);
    });
    const { room } = world.room({}, options);
    const outcome = outcomeOf(room.publish("ä".repeat(32_800)));
    await world.clock.advance(1000);
    expect(outcome).toMatchObject({ settled: 1, error: { code: "too_large" } });
    expect(sent).toEqual(["ping"]);
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
