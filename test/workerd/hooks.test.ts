import { afterEach, expect, test } from "vitest";
import { type Hooks, hooks } from "../../src/hooks.ts";
import { connect, handshake } from "./support/client.ts";
import { Room } from "./support/room.ts";
import { holdingTimers } from "./support/timers.ts";

afterEach(() => {
  delete hooks.beforePublish;
  delete hooks.onConnect;
});

/** An object looks for hooks when it is constructed, so they are set before its room is used. */
function roomWith(given: Hooks): Room {
  Object.assign(hooks, given);
  return new Room("hooks");
}

const say = (data: unknown, more = {}) => ({ type: "publish", event: "say", data: data as string, ...more });

/** Promises that are fulfilled from outside, one for each call. */
function gate() {
  const waiting: (() => void)[] = [];
  return {
    pass: () => new Promise<void>((resolve) => waiting.push(resolve)),
    open: () => waiting.shift()?.(),
    waiting: () => waiting.length,
  };
}

test("HOOK-1 sees every message before it is stored, and may change or refuse it, over both transports", async () => {
  const room = roomWith({
    beforePublish: ({ event, data }, { user, channel, kind }) =>
      data === "bad" ? { refuse: "Be kind." } : { event, data: `${user} in ${channel} (${kind}): ${data}` },
  });
  const bob = await connect(room, { user: "bob" });
  expect(await bob.request(say("bad"))).toMatchObject({ type: "error", code: "forbidden", message: "Be kind." });
  expect(await bob.request(say("good"))).toMatchObject({ type: "ack", seq: 1 });
  expect((await room.publish({ data: "bad" })).status).toBe(403);
  expect((await room.publish([{ data: "good" }, { data: "bad" }])).status).toBe(403);
  expect((await room.publish({ data: "fine", user: "eve" })).status).toBe(201);
  const { messages } = (await room.call("GET", "messages")).body;
  const said = messages.map(({ data }: { data: string }) => data.replace(room.id, "<id>"));
  expect(said).toEqual(["bob in room:<id> (server): good", "eve in room:<id> (server): fine"]);
});

test("HOOK-1 MSG-5 a retry is known by what was sent, whatever is made of it", async () => {
  let calls = 0;
  const room = roomWith({ beforePublish: ({ event }) => ({ event, data: ++calls }) });
  const bob = await connect(room, { user: "bob" });
  expect(await bob.request(say("x", { id: "1" }))).toMatchObject({ seq: 1 });
  await room.hibernate();
  expect(await bob.request(say("x", { id: "1" }))).toMatchObject({ seq: 1, duplicate: true });
  expect(await bob.request(say("y", { id: "1" }))).toMatchObject({ type: "error", code: "id_conflict" });
  expect((await room.call("GET", "messages")).body.messages).toMatchObject([{ data: 1 }]);
});

test("HOOK-2 MSG-4 a connection's frames keep their order through an async hook, and hold up no other", async () => {
  const { pass, open, waiting } = gate();
  const room = roomWith({
    beforePublish: async (message, { user }) => {
      if (user === "bob") await pass();
      return message;
    },
  });
  const [bob, eve] = [await connect(room, { user: "bob" }), await connect(room, { user: "eve" })];
  for (const n of [1, 2, 3]) bob.send(say(n));
  bob.send({ type: "signal", event: "after", data: 3, ref: "s" });
  for (const n of [4, 5]) bob.send(say(n));
  await eve.request(say("first"));
  await bob.until(() => bob.seqs.length > 0, "eve's message");
  expect(bob.seqs).toEqual([1]);
  while (bob.seqs.length < 6) {
    await bob.until(() => waiting() > 0 || bob.seqs.length === 6, "the hook");
    await room.inside(() => open());
  }
  const told = eve.frames.flatMap(({ type, messages, signals }) =>
    type === "messages"
      ? messages.map(({ data }: { data: unknown }) => data)
      : type === "signals"
        ? [signals[0].event]
        : [],
  );
  expect(told.filter((data) => data !== "after")).toEqual(["first", 1, 2, 3, 4, 5]);
  expect(told.indexOf("after")).toBeGreaterThan(told.indexOf(3));
});

test("HOOK-2 frames that wait for a hook are bounded; beyond that their connection is closed 4503", async () => {
  const { pass } = gate();
  const room = roomWith({ beforePublish: (message) => pass().then(() => message) });
  const [bob, eve] = [await connect(room, { user: "bob" }), await connect(room, { user: "eve" })];
  await holdingTimers(async () => {
    for (let n = 0; n <= 260; n++) bob.send(say(n));
    expect(await bob.ended()).toEqual({ code: 4503, reason: "overloaded" });
    await eve.drained();
  });
  expect((await room.call("GET", "messages")).body.messages).toEqual([]);
});

test.each<[string, Hooks["beforePublish"]]>([
  [
    "throws",
    () => {
      throw new Error("made by a test");
    },
  ],
  ["rejects", () => Promise.reject(new Error("made by a test"))],
  ["answers nonsense", () => 42 as never],
  ["answers nothing", () => undefined as never],
  ["answers an event that is none", (message) => ({ ...message, event: "edgewire.x" })],
])("HOOK-3 a hook that %s is internal for the one who asked, and nothing is stored", async (_what, beforePublish) => {
  const room = roomWith(beforePublish === undefined ? {} : { beforePublish });
  const bob = await connect(room, { user: "bob" });
  const answer = await bob.request(say("x"));
  expect(answer).toMatchObject({ type: "error", code: "internal" });
  expect(JSON.stringify(answer)).not.toContain("made by a test");
  expect((await room.publish({ data: 1 })).status).toBe(500);
  expect((await room.call("GET", "messages")).body.messages).toEqual([]);
  delete hooks.beforePublish;
  await room.hibernate();
  expect(await bob.request(say("x"))).toMatchObject({ type: "ack", seq: 1 });
});

test("HOOK-3 a hook that takes more than 10 s is internal, and its late answer is nothing", async () => {
  const { pass, open } = gate();
  const room = roomWith({ beforePublish: (message) => pass().then(() => message) });
  const bob = await connect(room, { user: "bob" });
  await holdingTimers(async (timers) => {
    bob.send(say("x", { ref: "p" }));
    while (timers.waiting === 0) await room.wake();
    await timers.fire(room);
    expect(await bob.until(() => bob.answers()[0], "an answer")).toMatchObject({ ref: "p", code: "internal" });
    await room.inside(() => open());
    await room.wake();
    expect(timers.waiting).toBe(0);
  });
  expect((await room.call("GET", "messages")).body.messages).toEqual([]);
});

test.each<[string, number, Hooks["onConnect"]]>([
  ["refuses", 403, ({ user }) => (user === "bob" ? { refuse: "Not you." } : undefined)],
  ["refuses late", 403, async ({ user }) => (user === "bob" ? { refuse: "Not you." } : undefined)],
  [
    "throws",
    503,
    ({ user }) => {
      if (user === "bob") throw new Error("made by a test");
      return undefined;
    },
  ],
])("HOOK-4 an onConnect that %s is %i, and the others are told of nothing", async (_what, status, onConnect) => {
  const room = roomWith(onConnect === undefined ? {} : { onConnect });
  const ann = await connect(room, { user: "ann", query: { presence: "members" } });
  const answer = await handshake(room, { user: "bob" });
  expect(answer.status).toBe(status);
  const problem = JSON.stringify(await answer.json());
  expect(problem).not.toContain("made by a test");
  if (status === 403) expect(problem).toContain("Not you.");
  await ann.drained();
  expect(ann.framesOf("presence")).toEqual([]);
});
