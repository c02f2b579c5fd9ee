import { describe, expect, it } from "vitest";
import type { Client } from "../support/client.ts";
import { type Frame, type Published, positionOf } from "../support/frames.ts";
import { expectProblem } from "../support/problem.ts";
import { uniqueRoom } from "../support/service.ts";
import { useSharedService } from "../support/shared-service.ts";

const service = useSharedService();
type Results = { results: Published[] };

const post = <T = Published>(room: string, body: unknown, headers: Record<string, string> = {}) =>
  service.room<T>("POST", room, "messages", { as: "alice", body, headers });

/** What the room holds, oldest first. */
async function stored(room: string) {
  const { body } = await service.room<{ messages: { id: string; seq: number; user: string; data: unknown }[] }>(
    "GET",
    room,
    "messages",
  );
  return body.messages;
}

describe("publish over HTTP", () => {
  it("PUBLISH-1 answers 201 with where the message is, and delivers it", async () => {
    const room = uniqueRoom("post");
    const bob = await service.join("bob", room);
    const answer = await post(room, { data: [1] });
    expect(answer.status).toBe(201);
    const { epoch } = positionOf(bob.welcome.cursor);
    const [id, at] = [expect.stringMatching(/^[\x20-\x7e]{1,64}$/), expect.any(Number)];
    expect(answer.body).toEqual({ seq: 1, cursor: `${epoch}-1`, id, at });
    await bob.until(({ messages }) => messages.length === 1, "the message");
    const { body } = answer;
    expect(bob.messages).toEqual([{ seq: 1, id: body.id, user: "alice", at: body.at, event: "message", data: [1] }]);
  });

  it("HISTORY-6 is in a history read after the answer, and numbered after what was acknowledged before", async () => {
    const room = uniqueRoom("after-ack");
    for (let seq = 1; seq <= 10; seq++) {
      const answer = await post(room, { data: seq });
      expect(answer.body.seq).toBe(seq);
      expect((await stored(room)).map((message) => message.data)).toContain(seq);
    }
  });

  it("PUBLISH-1 takes Idempotency-Key as the id", async () => {
    const room = uniqueRoom("key");
    const headers = { "idempotency-key": "order-17" };
    const first = await post(room, { data: 1 }, headers);
    const again = await post(room, { data: 1 }, headers);
    expect([first.status, first.body.id]).toEqual([201, "order-17"]);
    expect([again.status, again.body]).toEqual([200, { ...first.body, duplicate: true }]);
  });

  it("PUBLISH-2 stores an array as one, in order", async () => {
    const room = uniqueRoom("array");
    const bob = await service.join("bob", room);
    const body = [{ id: "x", data: 1 }, { event: "e", data: 2 }, { data: 3 }];
    const answer = await post<Results>(room, body);
    expect(answer.status).toBe(201);
    expect(answer.body.results.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(answer.body.results[0]).toMatchObject({ id: "x", cursor: expect.stringMatching(/-1$/) });
    await bob.until(({ messages }) => messages.length === 3, "all three");
    expect(bob.messages.map(({ event, data }) => [event, data])).toEqual([
      ["message", 1],
      ["e", 2],
      ["message", 3],
    ]);
  });

  it("PUBLISH-2 marks the duplicates of an array one by one: 201 if anything is new, else 200", async () => {
    const room = uniqueRoom("array-duplicates");
    const [a, b] = [
      { id: "a", data: 1 },
      { id: "b", data: 2 },
    ];
    await post(room, a);
    const mixed = await post<Results>(room, [a, b, b]);
    expect(mixed.status).toBe(201);
    expect(mixed.body.results.map(({ seq, duplicate }) => [seq, duplicate ?? false])).toEqual([
      [1, true],
      [2, false],
      [2, true],
    ]);
    const old = await post<Results>(room, [b, a]);
    expect(old.status).toBe(200);
    expect(old.body.results.map(({ seq, duplicate }) => [seq, duplicate])).toEqual([
      [2, true],
      [1, true],
    ]);
    expect(await stored(room)).toHaveLength(2);
  });

  it("PUBLISH-2 stores nothing of an array with a fault in it", async () => {
    const room = uniqueRoom("array-faults");
    await post(room, { id: "taken", data: 1 });
    const conflict = [{ data: "new" }, { id: "taken", data: 2 }];
    const faulty = [{ data: "new" }, { data: "new", event: "no spaces" }];
    const tooMany = Array.from({ length: 101 }, (_, data) => ({ data }));
    expectProblem(await post(room, conflict), { status: 409, code: "id_conflict" });
    expectProblem(await post(room, faulty), { status: 400, code: "bad_request" });
    expectProblem(await post(room, tooMany), { status: 400, code: "bad_request" });
    expect(await stored(room)).toHaveLength(1);
    expect((await service.publish(room, tooMany.slice(1))).status).toBe(201);
  });

  it("AUTH-7 acts for the user the API key names, per element too, and lets a token name only its own", async () => {
    const room = uniqueRoom("on-behalf");
    await service.publish(room, { data: 1 });
    await service.publish(room, { user: "bob", data: 2 });
    await service.publish(room, [{ user: "carol", data: 3 }, { data: 4 }]);
    await post(room, { user: "alice", data: 5 });
    expectProblem(await post(room, { user: "bob", data: 6 }), {
      status: 403,
      code: "forbidden",
    });
    expect((await stored(room)).map(({ user }) => user)).toEqual(["server", "bob", "carol", "server", "alice"]);
  });
});

describe("the same id again", () => {
  const frame: Frame = { type: "publish", id: "once", event: "e", data: { a: 1 } };
  const body = { id: "once", event: "e", data: { a: 1 } };

  it("MSG-5 is a duplicate on either transport, with the seq it had", async () => {
    const room = uniqueRoom("duplicates");
    const alice = await service.join("alice", room);
    const first = await alice.request(frame);
    const { type: _type, ref: _ref, ...place } = first;
    expect(await alice.request({ ...frame, ref: "again" })).toEqual({ ...first, ref: "again", duplicate: true });
    const overHttp = await post(room, body);
    expect([overHttp.status, overHttp.body]).toEqual([200, { ...place, duplicate: true }]);
    const other = await service.join("alice", room);
    expect(await other.request({ ...frame, ref: "other" })).toEqual({ ...first, ref: "other", duplicate: true });
    await service.canary(room);
    await alice.until(({ messages }) => messages.at(-1)?.user === "server", "the canary");
    expect(alice.messages.map(({ id }) => id)).toEqual(["once", expect.any(String)]);
  });

  it("MSG-5 is a duplicate on WebSocket after HTTP", async () => {
    const room = uniqueRoom("http-first");
    const first = await post(room, body);
    const alice = await service.join("alice", room);
    expect(await alice.request(frame)).toEqual({ type: "ack", ref: "r1", ...first.body, duplicate: true });
  });

  it.each<[string, object]>([
    ["data", { ...body, data: { a: 2 } }],
    ["event", { ...body, event: "f" }],
  ])("MSG-5 is a conflict with other %s, on either transport", async (_what, other) => {
    const room = uniqueRoom("conflict");
    const alice = await service.join("alice", room);
    await alice.request(frame);
    expectProblem(await post(room, other), { status: 409, code: "id_conflict" });
    const refused = await alice.request({ type: "publish", ref: "c", ...other });
    expect(refused).toMatchObject({ type: "error", ref: "c", code: "id_conflict", message: expect.any(String) });
    expect(await stored(room)).toHaveLength(1);
  });

  it("MSG-5 is another message when another user says it", async () => {
    const room = uniqueRoom("other-user");
    const [alice, bob] = [await service.join("alice", room), await service.join("bob", room)];
    const acks = [await alice.request(frame), await bob.request(frame)];
    expect(acks.map(({ seq, duplicate }) => [seq, duplicate])).toEqual([
      [1, undefined],
      [2, undefined],
    ]);
  });

  it("MSG-5 is stored once when it comes on three sockets and over HTTP at the same moment", async () => {
    const room = uniqueRoom("race");
    const sockets: Client[] = [];
    for (let n = 0; n < 3; n++) sockets.push(await service.join("alice", room));
    for (let round = 0; round < 15; round++) {
      const id = `round-${round}`;
      const overSockets = sockets.map((socket) => socket.request({ ...frame, id }));
      const overHttp = [post(room, { ...body, id }), post(room, { ...body, id })];
      const answers = [
        ...(await Promise.all(overSockets)),
        ...(await Promise.all(overHttp)).map((answer) => answer.body),
      ];
      expect(answers.map(({ seq }) => seq)).toEqual(answers.map(() => round + 1));
      expect(answers.filter(({ duplicate }) => duplicate === undefined)).toHaveLength(1);
    }
    expect(await stored(room)).toHaveLength(15);
  });
});
