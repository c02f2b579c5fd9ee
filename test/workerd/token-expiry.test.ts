import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { connect } from "./support/client.ts";
import { playAlarms, setClock, standStill, useRealClock } from "./support/clock.ts";
import { Room } from "./support/room.ts";
import { tokenFor } from "./support/service.ts";
import { holdingTimers } from "./support/timers.ts";

const SECOND = 1000;
const CLOSED = { code: 4401, reason: "unauthenticated" };
let start = 0;

beforeEach(() => {
  start = standStill();
});
afterEach(useRealClock);

/** A token that ends so many seconds after the start. */
const tokenUntil = (seconds: number) => tokenFor("alice", { exp: start / SECOND + seconds });

describe.each([
  ["awake", false],
  ["hibernating", true],
])("an object that is %s", (_state, hibernating) => {
  test.each([1, 62, 299])("AUTH-9 closes 4401 within 5 s of the end of a token of %i s", async (seconds) => {
    const room = new Room("expiry");
    const token = await tokenUntil(seconds);
    const alice = await connect(room, { token, query: { member: 0 } });
    const end = start + seconds * SECOND;
    expect(alice.welcome.expires).toBe(end);
    await playAlarms(room, end - 1, { hibernating });
    await alice.drained();
    expect(alice.closed).toBeNull();
    await playAlarms(room, end + 5 * SECOND, { hibernating });
    expect(await alice.ended()).toEqual(CLOSED);
  });

  test("AUTH-9 a token renewed in time goes on to its own end, and the earlier alarm closes nobody", async () => {
    const room = new Room("renewed");
    const alice = await connect(room, { token: await tokenUntil(60), query: { member: 0 } });
    const answer = await alice.request({ type: "auth", token: await tokenUntil(120) });
    expect(answer).toMatchObject({ type: "ack", expires: start + 120 * SECOND });
    await playAlarms(room, start + 110 * SECOND, { hibernating });
    await alice.drained();
    expect(alice.closed).toBeNull();
    await playAlarms(room, start + 125 * SECOND, { hibernating });
    expect(await alice.ended()).toEqual(CLOSED);
  });
});

test("AUTH-9 a frame after the end of the token is not carried out, alarm or not", async () => {
  const room = new Room("too-late");
  const alice = await connect(room, { token: await tokenUntil(60) });
  setClock(start + 60 * SECOND);
  alice.send({ type: "publish", event: "late", data: 1 });
  expect(await alice.ended()).toEqual(CLOSED);
  expect((await room.call("GET", "messages")).body.messages).toEqual([]);
});

test("AUTH-9 nothing is delivered after the end of the token, alarm or not", async () => {
  const room = new Room("no-longer");
  const alice = await connect(room, { token: await tokenUntil(60) });
  setClock(start + 60 * SECOND);
  expect((await room.publish({ data: "secret" })).status).toBe(201);
  expect(await alice.ended()).toEqual(CLOSED);
  expect(alice.framesOf("messages")).toEqual([]);
});

test("AUTH-9 a signal, too, does not reach one whose token has ended", async () => {
  const room = new Room("no-signal");
  const alice = await connect(room, { token: await tokenUntil(60) });
  const bob = await connect(room, { user: "bob" });
  setClock(start + 60 * SECOND);
  await room.call("POST", "signals", { body: { event: "secret", data: 1 } });
  await bob.until(() => bob.framesOf("signals").length > 0, "the signal");
  expect(await alice.ended()).toEqual(CLOSED);
  expect(alice.framesOf("signals")).toEqual([]);
});

test("AUTH-9 news of presence do not reach one whose token has ended", async () => {
  const room = new Room("no-presence");
  const alice = await connect(room, { token: await tokenUntil(60), query: { presence: "members" } });
  setClock(start + 60 * SECOND);
  await connect(room, { user: "bob" });
  expect(await alice.ended()).toEqual(CLOSED);
  expect(alice.framesOf("presence")).toEqual([]);
});

test("AUTH-9 a replay sends no page after the end of the token", async () => {
  const room = new Room("no-replay");
  await room.fill(3000, 300);
  const { body } = await room.call("GET", "messages", { query: { limit: 1 } });
  await holdingTimers(async (timers) => {
    const after = body.cursor.replace(/\d+$/, "0");
    const alice = await connect(room, { token: await tokenUntil(60), query: { after, member: 0 } });
    await alice.drained();
    const before = alice.seqs.length;
    setClock(start + 60 * SECOND);
    await timers.fire(room);
    expect(await alice.ended()).toEqual(CLOSED);
    expect(alice.seqs).toHaveLength(before);
  });
});
