import { expect, onTestFinished, test } from "vitest";
import { setClock, useRealClock } from "./support/clock.ts";
import { breakTable, mendTable } from "./support/fault.ts";
import { Room } from "./support/room.ts";
import { env, tokenFor, worker } from "./support/service.ts";

// Before the first request: the settings are read once.
(env as { CHANNEL_RULES?: string }).CHANNEL_RULES = JSON.stringify([{ match: "room:open-*", anonymous: ["publish"] }]);

interface Options {
  /** Null: no Authorization at all. */
  readonly token?: string | null;
  readonly query?: string;
}

async function post(body: unknown, { token = env.API_KEY, query = "" }: Options = {}) {
  const headers = new Headers({ "content-type": "application/json" });
  if (token !== null) headers.set("authorization", `Bearer ${token}`);
  const init = { method: "POST", headers, body: JSON.stringify(body) };
  const answer = await worker.fetch(`https://edge.test/v1/messages${query}`, init);
  // biome-ignore lint/suspicious/noExplicitAny: what the tests look into differs.
  return { status: answer.status, body: (await answer.json()) as any };
}

const address = (room: Room) => `room:${room.id}`;
const dataOf = async (room: Room) =>
  (await room.call("GET", "messages")).body.messages.map(({ data }: { data: unknown }) => data);

test("MANY-1: each channel answers for itself: published, forbidden, a conflict, a duplicate, over the rate, an inbox", async () => {
  const rooms = ["fine", "forbidden", "conflict", "repeated", "fast"].map((name) => new Room(name));
  const [fine, forbidden, conflict, repeated, fast] = rooms as [Room, Room, Room, Room, Room];
  const granted = [fine, conflict, repeated, fast].map((room) => [address(room), ["publish"]]);
  const token = await tokenFor("bob", { capabilities: { ...Object.fromEntries(granted), "user:*": ["publish"] } });
  await conflict.publish({ id: "1", data: "other" }, { token });
  await repeated.publish({ id: "1", data: "hello" }, { token });
  setClock(Date.now()); // or a message of the rate comes back every 20 ms
  onTestFinished(useRealClock);
  await fast.publish(
    Array.from({ length: 100 }, () => ({ data: 0 })),
    { token },
  );
  const channels = [...rooms.map(address), "user:carol"];
  const { status, body } = await post({ channels, id: "1", data: "hello" }, { token });
  expect(status).toBe(200);
  const stored = { seq: 1, cursor: expect.stringMatching(/-1$/), id: "1", at: expect.any(Number) };
  const failed = (code: string) => ({ code, detail: expect.stringMatching(/./) });
  expect(body).toEqual({
    results: {
      [address(fine)]: stored,
      [address(forbidden)]: failed("forbidden"),
      [address(conflict)]: failed("id_conflict"),
      [address(repeated)]: { ...stored, duplicate: true },
      [address(fast)]: failed("rate_limited"),
      "user:carol": stored,
    },
  });
  expect(await dataOf(fine)).toEqual(["hello"]);
  expect(await dataOf(conflict)).toEqual(["other"]);
  expect(await dataOf(repeated)).toEqual(["hello"]);
});

test("MANY-1 MSG-5: a retry is a duplicate in all of them, by the one id that was made up or given", async () => {
  const rooms = [new Room("a"), new Room("b")];
  const body = { channels: rooms.map(address), id: "once", event: "e", data: { n: 1 } };
  const first = await post(body);
  const second = await post(body);
  for (const room of rooms) {
    expect(first.body.results[address(room)]).not.toHaveProperty("duplicate");
    expect(second.body.results[address(room)]).toEqual({ ...first.body.results[address(room)], duplicate: true });
  }
  const made = Object.values((await post({ channels: body.channels, data: 1 })).body.results) as { id: string }[];
  expect(made[0]?.id).toMatch(/^[\x20-\x7e]{16,64}$/);
  expect(made[1]?.id).toBe(made[0]?.id);
});

test("MANY-1: a channel that is named twice gets the message once", async () => {
  const room = new Room("twice");
  const { body } = await post({ channels: [address(room), address(room)], data: "x" });
  expect(Object.keys(body.results)).toEqual([address(room)]);
  expect(await dataOf(room)).toEqual(["x"]);
});

test("MANY-1 ID-1: names that an object has by nature are channels like any other", async () => {
  const names = ["__proto__", "constructor", "toString"].map((name) => `room:${name}`);
  const { body } = await post({ channels: names, data: "x" });
  expect(Object.keys(body.results).toSorted()).toEqual(names.toSorted());
});

test("MANY-1: takes 100 channels", async () => {
  const channels = Array.from({ length: 100 }, (_, n) => `room:hundred-${n}`);
  const { status, body } = await post({ channels, data: 1 });
  expect(status).toBe(200);
  expect(Object.values(body.results)).toHaveLength(100);
  for (const result of Object.values(body.results)) expect(result).toMatchObject({ seq: 1 });
});

test("MANY-1: one channel that cannot be reached does not fail the others", async () => {
  const [well, sick] = [new Room("well"), new Room("sick")];
  await sick.publish({ data: 0 });
  await breakTable(sick, "log");
  const { status, body } = await post({ channels: [address(sick), address(well)], data: 1 });
  await mendTable(sick);
  expect(status).toBe(200);
  expect(body.results[address(sick)]).toEqual({ code: "overloaded", detail: expect.any(String) });
  expect(body.results[address(well)]).toMatchObject({ seq: 1 });
});

const good = "room:untouched";
test.each<[string, number, unknown]>([
  ["no channels", 400, { data: 1 }],
  ["an empty list", 400, { channels: [], data: 1 }],
  ["one text", 400, { channels: good, data: 1 }],
  ["an object of channels", 400, { channels: { 0: good, length: 1 }, data: 1 }],
  ["101 channels", 400, { channels: Array.from({ length: 101 }, (_, n) => `room:many-${n}`), data: 1 }],
  ["101 times the same", 400, { channels: Array(101).fill(good), data: 1 }],
  ["no data", 400, { channels: [good] }],
  ["a bad event", 400, { channels: [good], event: "a b", data: 1 }],
  ["a bad id", 400, { channels: [good], id: "", data: 1 }],
  ["a bad user", 400, { channels: [good], user: "a b", data: 1 }],
  ["a user that is a number", 400, { channels: [good], user: 7, data: 1 }],
  ["an array", 400, [{ channels: [good], data: 1 }]],
  ["null", 400, null],
  ...[
    "lobby",
    "room:",
    ":lobby",
    "room",
    "rooms:lobby",
    "Room:lobby",
    "group:x",
    "room:a/b",
    "room:..",
    "",
    " room:a",
  ].map((bad): [string, number, unknown] => [
    `the address ${JSON.stringify(bad)}`,
    400,
    { channels: [good, bad], data: 1 },
  ]),
  ...[null, 7, {}, ["room:a"]].map((bad): [string, number, unknown] => [
    `${JSON.stringify(bad)} for an address`,
    400,
    { channels: [good, bad], data: 1 },
  ]),
])("MANY-1: with %s it is %i for all, and nothing is published", async (_what, status, body) => {
  const answer = await post(body);
  expect(answer).toMatchObject({ status, body: { status, code: expect.stringMatching(/^bad_/) } });
  const read = await worker.fetch(`https://edge.test/v1/rooms/${good.slice(5)}/messages`, {
    headers: { authorization: `Bearer ${env.API_KEY}` },
  });
  expect(await read.json()).toMatchObject({ messages: [] });
});

test("MANY-1 AUTH-7: the API key acts for the user it names, a token for its own alone", async () => {
  const room = new Room("named");
  const body = { channels: [address(room)], user: "carol", data: 1 };
  expect((await post(body)).status).toBe(200);
  expect(await post(body, { token: await tokenFor("bob") })).toMatchObject({
    status: 403,
    body: { code: "forbidden" },
  });
  expect((await post(body, { token: await tokenFor("carol") })).status).toBe(200);
  expect((await post({ ...body, user: undefined })).status).toBe(200);
  const { messages } = (await room.call("GET", "messages")).body;
  expect(messages.map(({ user }: { user: string }) => user)).toEqual(["carol", "carol", "server"]);
});

test("MANY-1 RULES-2 GUEST-1: a guest publishes where anybody may, with a guest's token and without any", async () => {
  const [open, closed] = [new Room("open"), new Room("closed")];
  const minted = await worker.fetch("https://edge.test/v1/guests", { method: "POST" });
  const { token } = (await minted.json()) as { token: string };
  for (const credential of [token, null]) {
    const { status, body } = await post({ channels: [address(open), address(closed)], data: 1 }, { token: credential });
    expect({ status, body }).toMatchObject({
      status: 200,
      body: {
        results: { [address(open)]: { seq: expect.any(Number) }, [address(closed)]: { code: "unauthenticated" } },
      },
    });
  }
});

test("MANY-1 HTTP-1: a URL above 8 KiB is too large here too", async () => {
  const { status, body } = await post({ channels: [good], data: 1 }, { query: `?pad=${"x".repeat(8192)}` });
  expect({ status, body }).toMatchObject({ status: 413, body: { code: "too_large" } });
});
