import { describe, expect, it } from "vitest";
import { assertExactlyOnce, assertSameLog } from "../support/chain.ts";
import type { Message } from "../support/frames.ts";
import { uniqueRoom } from "../support/service.ts";
import { useSharedService } from "../support/shared-service.ts";

const service = useSharedService();
const texts = (messages: Message[]) => messages.map(({ data }) => data);

describe("chat", () => {
  it("MSG-1 lets two clients talk, both in the same order", async () => {
    const room = uniqueRoom("talk");
    const alice = await service.join("alice", room);
    const bob = await service.join("bob", room);

    const first = await alice.request({ type: "publish", id: "a1", event: "chat", data: { text: "hello" } });
    const second = await bob.request({ type: "publish", data: "hello yourself" });
    await alice.until(({ messages }) => messages.length === 2, "both messages");
    await bob.until(({ messages }) => messages.length === 2, "both messages");

    const { epoch, at } = { epoch: alice.welcome.cursor.split("-")[0], at: expect.any(Number) };
    expect(first).toEqual({ type: "ack", ref: "r1", seq: 1, cursor: `${epoch}-1`, id: "a1", at });
    expect(second).toEqual({ type: "ack", ref: "r1", seq: 2, cursor: `${epoch}-2`, id: expect.any(String), at });
    expect(alice.messages).toEqual([
      { seq: 1, id: "a1", user: "alice", at: first.at, event: "chat", data: { text: "hello" } },
      { seq: 2, id: second.id, user: "bob", at: second.at, event: "message", data: "hello yourself" },
    ]);
    assertSameLog([assertExactlyOnce(alice.chain), assertExactlyOnce(bob.chain)]);
  });

  it("CONNECT-4 welcomes to an empty room with everything a client must know", async () => {
    const room = uniqueRoom("welcome");
    const alice = await service.join("alice", room);
    expect(alice.welcome).toMatchObject({
      type: "welcome",
      protocol: 1,
      channel: `room:${room}`,
      connection: expect.stringMatching(/./),
      user: "alice",
      cursor: expect.stringMatching(/^[a-z0-9]{8,16}-0$/),
      resume: "live",
      at: expect.any(Number),
      expires: expect.any(Number),
      heartbeat: { every: 30_000, timeout: 100_000 },
      limits: {
        data: 65_536,
        frame: 131_072,
        presence: 1_024,
        publish: { rate: 50, burst: 100 },
        signal: { rate: 100 },
        subscriptions: expect.any(Number),
      },
      features: [],
    });
    expect(alice.welcome).not.toHaveProperty("presence");
  });

  it("CONNECT-4 tells when the token ends, and null for the API key, which does not", async () => {
    const room = uniqueRoom("expires");
    const alice = await service.join("alice", room);
    const server = await service.joinAs("bob", room);
    const hour = 3_600_000;
    expect(alice.welcome.expires).toBeGreaterThan(Date.now() + hour - 60_000);
    expect(alice.welcome.expires).toBeLessThanOrEqual(Date.now() + hour);
    expect(server.welcome).toMatchObject({ user: "bob", expires: null });
  });

  it("RESUME-6 gives a third one the last ten with ?rewind=10, and then what comes", async () => {
    const room = uniqueRoom("rewind");
    const alice = await service.join("alice", room);
    await service.fill(room, 25);
    const carol = await service.join("carol", room, { rewind: 10 });
    expect(carol.welcome).toMatchObject({ resume: "replay", cursor: expect.stringMatching(/-25$/) });
    await carol.until(({ messages }) => messages.length >= 10, "the last ten");
    await alice.request({ type: "publish", data: { n: 26 } });
    await carol.until(({ messages }) => messages.length >= 11, "the next one");
    expect(texts(carol.messages)).toEqual(Array.from({ length: 11 }, (_, index) => ({ n: 16 + index })));
    assertExactlyOnce(carol.chain);
  });

  it("RESUME-2 gives one who was cut exactly what it missed with ?after=", async () => {
    const room = uniqueRoom("cut");
    const alice = await service.join("alice", room);
    const bob = await service.join("bob", room);
    await alice.request({ type: "publish", data: 1 });
    await bob.until(({ messages }) => messages.length === 1, "the first");
    bob.terminate();
    await bob.closed;
    for (const data of [2, 3, 4]) await alice.request({ type: "publish", data });
    const back = await bob.resume();
    expect(back.welcome.resume).toBe("replay");
    await alice.request({ type: "publish", data: 5 });
    await back.until(({ messages }) => messages.length === 4, "what it missed, and the next");
    expect(texts(back.messages)).toEqual([2, 3, 4, 5]);
    expect(assertExactlyOnce(bob.chain)).toHaveLength(5);
  });

  it("FRAME-8 does not send its own messages to a connection with echo=0, but to the user's others", async () => {
    const room = uniqueRoom("echo");
    const quiet = await service.join("alice", room, { echo: 0 });
    const other = await service.join("alice", room);
    const bob = await service.join("bob", room);
    await quiet.request({ type: "publish", data: "mine" });
    await bob.request({ type: "publish", data: "yours" });
    await quiet.until(({ messages }) => messages.length > 0, "bob's message");
    await other.until(({ messages }) => messages.length === 2, "both messages");
    await service.canary(room);
    await quiet.until(({ messages }) => messages.at(-1)?.user === "server", "the canary");
    expect(texts(quiet.messages).slice(0, -1)).toEqual(["yours"]);
  });

  it("PUBLISH-4 counts a message over HTTP with ?connection= as published by that connection", async () => {
    const room = uniqueRoom("echo-http");
    const quiet = await service.join("alice", room, { echo: 0 });
    const post = (data: string, query: Record<string, string>) =>
      service.room("POST", room, "messages", { as: "alice", query, body: { data } });
    expect((await post("mine", { connection: quiet.welcome.connection })).status).toBe(201);
    expect((await post("another's", {})).status).toBe(201);
    await quiet.until(({ messages }) => messages.length > 0, "the other message");
    expect(texts(quiet.messages)).toEqual(["another's"]);
  });

  it("FRAME-2 keeps the order in which one connection pipelines, and joins the acks with acks=batch", async () => {
    const room = uniqueRoom("acks");
    const alice = await service.join("alice", room, { acks: "batch" });
    const data = Array.from({ length: 60 }, (_, n) => n);
    const acks = await Promise.all(data.map((n) => alice.request({ type: "publish", ref: `p${n}`, data: n })));
    expect(acks.map(({ seq }) => seq)).toEqual(data.map((n) => n + 1));
    expect(alice.framesOf("ack")).toEqual([]);
    expect(alice.framesOf("acks").length).toBeGreaterThan(0);
    await alice.until(({ messages }) => messages.length === data.length, "all messages");
    expect(texts(alice.messages)).toEqual(data);
  });

  it("HEART-1 answers ping with pong", async () => {
    const alice = await service.join("alice", uniqueRoom("ping"), {}, { heartbeat: 100 });
    await alice.until(({ pongs }) => pongs >= 3, "three pongs");
    expect(alice.frames).toHaveLength(1);
  });

  it("ID-1 keeps rooms apart, and ids by their case", async () => {
    const room = uniqueRoom("Apart");
    const alice = await service.join("alice", room);
    const other = await service.join("alice", room.toLowerCase());
    await service.publish(room, { data: "for Apart" });
    await service.canary(room.toLowerCase());
    await alice.until(({ messages }) => messages.length === 1, "its message");
    await other.until(({ messages }) => messages.length === 1, "its canary");
    expect(texts(other.messages)).not.toContain("for Apart");
  });
});
