import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Client, connect, type Frame } from "./support/client.ts";
import { setClock, standStill, useRealClock } from "./support/clock.ts";
import { Room } from "./support/room.ts";
import { tokenFor } from "./support/service.ts";

let now = 0;
beforeEach(() => {
  now = standStill();
});
afterEach(useRealClock);

function pass(ms: number): void {
  now += ms;
  setClock(now);
}

const join = async (room: Room, user = "bob") => connect(room, { token: await tokenFor(user) });
const publish: Frame = { type: "publish", event: "e", data: 1 };
const signal: Frame = { type: "signal", event: "e", data: 1 };
const many = (count: number) => Array.from({ length: count }, () => ({ data: 1 }));
const isAck = ({ type }: Frame) => type === "ack";
const repeat = (client: Client, frame: Frame, count: number) =>
  client.pipeline(Array.from({ length: count }, () => frame));

describe("the rate of a connection", () => {
  test.each([
    ["PUBLISH-3: 100 messages at once, then 50 a second", publish, 50],
    ["SIGNAL-3: 100 signals at once, then 100 a second", signal, 100],
  ])(
    "%s; after exactly the retryAfter the next is taken, and a ms before it is not",
    async (_rule, frame, perSecond) => {
      const bob = await join(new Room("rates"));
      expect((await repeat(bob, frame, 100)).every(isAck)).toBe(true);
      for (let n = 0; n < 10; n++) {
        const refused = await bob.request(frame);
        expect(refused).toMatchObject({ type: "error", code: "rate_limited", retryAfter: 1000 / perSecond });
        pass(refused.retryAfter - 1);
        expect(await bob.request(frame)).toMatchObject({ code: "rate_limited", retryAfter: 1 });
        pass(1);
        expect(isAck(await bob.request(frame))).toBe(true);
      }
      pass(1000);
      expect((await repeat(bob, frame, perSecond)).every(isAck)).toBe(true);
      expect(await bob.request(frame)).toMatchObject({ code: "rate_limited" });
    },
  );

  test("PUBLISH-3 SIGNAL-3: is its own: for publishes, for signals, and of each connection of a user", async () => {
    const room = new Room("rates");
    const [one, other] = [await join(room), await join(room)];
    await repeat(one, publish, 101);
    expect((await repeat(one, signal, 100)).every(isAck)).toBe(true);
    expect((await repeat(other, publish, 100)).every(isAck)).toBe(true);
    expect((await room.publish(many(100), { token: await tokenFor("bob") })).status).toBe(201);
  });

  test("PUBLISH-3: a clock that is set back gives nothing and takes nothing for long", async () => {
    const bob = await join(new Room("rates"));
    await repeat(bob, publish, 100);
    pass(-3_600_000);
    expect(await bob.request(publish)).toMatchObject({ code: "rate_limited" });
    pass(1000);
    expect(isAck(await bob.request(publish))).toBe(true);
  });

  test("AUTH-7: there is none with the API key, as itself or as a user", async () => {
    for (const user of ["server", "bob"]) {
      const client = await connect(new Room("rates"), { user });
      expect((await repeat(client, publish, 300)).every(isAck)).toBe(true);
      expect((await repeat(client, signal, 300)).every(isAck)).toBe(true);
    }
  });
});

describe("the rate over HTTP", () => {
  test("PUBLISH-3: an array counts its length, and Retry-After is true for it, to the second", async () => {
    const room = new Room("rates");
    const token = await tokenFor("bob");
    const post = (count: number) => room.publish(many(count), { token });
    expect((await post(60)).status).toBe(201);
    for (const [count, seconds] of [
      [60, 1],
      [100, 2],
    ] as const) {
      const refused = await post(count);
      expect(refused).toMatchObject({ status: 429, body: { code: "rate_limited", retryable: true } });
      expect(refused.headers.get("retry-after")).toBe(String(seconds));
      pass(seconds * 1000);
      expect((await post(count)).status).toBe(201);
    }
    expect((await room.call("GET", "messages", { query: { limit: 1000 } })).body.messages).toHaveLength(220);
  });

  test("PUBLISH-3: a refused array takes nothing of the rate", async () => {
    const room = new Room("rates");
    const token = await tokenFor("bob");
    await room.publish(many(60), { token });
    for (let n = 0; n < 10; n++) expect((await room.publish(many(41), { token })).status).toBe(429);
    expect((await room.publish(many(40), { token })).status).toBe(201);
  });

  test("PUBLISH-3 SIGNAL-3: is of the user and the channel", async () => {
    const [room, other] = [new Room("rates"), new Room("rates")];
    const [bob, ann] = [await tokenFor("bob"), await tokenFor("ann")];
    await room.publish(many(100), { token: bob });
    expect((await room.publish({ data: 1 }, { token: bob })).status).toBe(429);
    expect((await room.publish({ data: 1 }, { token: await tokenFor("bob", { info: { tab: 2 } }) })).status).toBe(429);
    expect((await room.publish({ data: 1 }, { token: ann })).status).toBe(201);
    expect((await other.publish({ data: 1 }, { token: bob })).status).toBe(201);
    const wave = (token: string) => room.call("POST", "signals", { token, body: { event: "e", data: 1 } });
    for (let n = 0; n < 100; n++) expect((await wave(bob)).status).toBe(202);
    const refused = await wave(bob);
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "1"]);
    expect((await wave(ann)).status).toBe(202);
    pass(1000);
    expect((await wave(bob)).status).toBe(202);
  });
});

describe("faults", () => {
  const malformed = ["{", "[]", '{"type":"dance"}', '{"type":"publish"}', '{"type":"publish","event":"a b","data":1}'];

  test.each(malformed)("FRAME-5: 20 malformed frames in a row close 4400, 19 do not: %s", async (frame) => {
    const bob = await join(new Room("faults"));
    for (let n = 0; n < 19; n++) bob.send(frame);
    await bob.drained();
    for (let n = 0; n < 19; n++) bob.send(frame);
    await bob.drained();
    expect(bob.closed).toBeNull();
    for (let n = 0; n < 20; n++) bob.send(frame);
    expect(await bob.ended()).toEqual({ code: 4400, reason: "bad_request" });
    expect(bob.framesOf("error")).toHaveLength(58);
  });

  test("FRAME-5 FRAME-6: errors that are not malformed frames never close 4400; 100 in a minute close 4429", async () => {
    const room = new Room("faults");
    const bob = await connect(room, {
      token: await tokenFor("bob", { capabilities: { "room:*": ["subscribe", "history"] } }),
    });
    for (let n = 0; n < 99; n++) bob.send({ ...publish, ref: `${n}` });
    await bob.drained();
    expect(bob.framesOf("error")).toHaveLength(99);
    expect(bob.closed).toBeNull();
    bob.send(publish);
    expect(await bob.ended()).toEqual({ code: 4429, reason: "rate_limited" });
  });

  test("FRAME-6 PUBLISH-3: 100 rate_limited errors in a minute close 4429", async () => {
    const fast = await join(new Room("faults"));
    await repeat(fast, publish, 100);
    for (let n = 0; n < 100; n++) fast.send(publish);
    expect(await fast.ended()).toEqual({ code: 4429, reason: "rate_limited" });
  });

  test("FRAME-6: a new minute is a new count", async () => {
    const bob = await join(new Room("faults"));
    for (let minute = 0; minute < 3; minute++) {
      for (let n = 0; n < 99; n++) bob.send(n % 10 === 0 ? { type: "members", limit: 0 } : "{");
      for (let n = 0; n < 10; n++) bob.send({ type: "history", limit: 0 });
      await bob.drained();
      pass(60_000);
    }
    expect(bob.closed).toBeNull();
    expect(bob.framesOf("error").length).toBeGreaterThan(250);
  });
});
