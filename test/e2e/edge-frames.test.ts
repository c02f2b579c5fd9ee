import { afterAll, describe, expect, it } from "vitest";
import { channelUrl } from "../support/client.ts";
import { knock } from "../support/handshake.ts";
import { wholeLog } from "../support/log.ts";
import { tokenFor, uniqueRoom } from "../support/service.ts";
import { useSharedService } from "../support/shared-service.ts";

const service = useSharedService();
const room = uniqueRoom("frames");

afterAll(() => service.canary(room));

let newcomers = 0;
/** A user of its own for each test: one may have only 20 connections here. */
const newcomer = () => service.join(`user-${++newcomers}`, room);

describe("a malformed frame", () => {
  it("FRAME-1 gets its ref back, where it has one", async () => {
    const client = await newcomer();
    for (const frame of [{ type: "dance" }, { type: "publish" }, { type: "history", limit: 0 }]) {
      expect(await client.request(frame)).toMatchObject({ type: "error", code: "bad_request" });
    }
    expect(client.framesOf("error").map(({ ref }) => ref)).toEqual(["r1", "r2", "r3"]);
  });

  it("FRAME-1 stores nothing, and one without a ref gets no ack", async () => {
    const quiet = uniqueRoom("quiet");
    const client = await service.join("alice", quiet);
    for (const frame of ["{", '{"type":"publish"}', '{"type":"publish","data":1}']) client.send(frame);
    await client.until(({ messages }) => messages.length === 1, "the one message");
    await client.request({ type: "members", limit: 1 });
    expect(client.framesOf("ack")).toHaveLength(1);
    expect(await wholeLog(service, quiet)).toHaveLength(1);
  });

  it("FRAME-5 closes 4400 when it is the twentieth in a row", async () => {
    const client = await newcomer();
    for (let n = 0; n < 19; n++) client.send("{");
    expect(await client.request({ type: "members", limit: 1 })).toMatchObject({ type: "ack" });
    for (let n = 0; n < 19; n++) client.send("{");
    expect(await client.request({ type: "members", limit: 1 })).toMatchObject({ type: "ack" });
    for (let n = 0; n < 20; n++) client.send("{");
    expect(await client.closed).toMatchObject({ code: 4400 });
    expect(client.framesOf("error").length).toBeGreaterThanOrEqual(57);
  });
});

describe("a frame", () => {
  it("MSG-1 cannot forge who says it, when and where", async () => {
    const client = await service.join("alice", uniqueRoom("forged"));
    const forged = { type: "publish", data: 1, user: "mallory", at: 1, seq: 99, connection: "x", cursor: "y" };
    expect(await client.request(forged)).toMatchObject({ type: "ack", seq: 1 });
    await client.until(({ messages }) => messages.length === 1, "the message");
    expect(client.messages[0]).toMatchObject({ user: "alice", seq: 1 });
    expect(client.messages[0]?.at).toBeGreaterThan(1);
  });

  it("FRAME-1 may have a ref of 64 characters, and fields that are not known", async () => {
    const client = await newcomer();
    const ref = "r".repeat(64);
    expect(await client.request({ type: "publish", ref, data: 1, later: { a: 1 } })).toMatchObject({
      type: "ack",
      ref,
    });
  });
});

describe("rates", () => {
  it("PUBLISH-3 refuse what is over them with retryAfter, and keep the rest", async () => {
    const busy = uniqueRoom("busy");
    const client = await service.join("alice", busy);
    const answers = await Promise.all(
      Array.from({ length: 180 }, (_, n) => client.request({ type: "publish", id: `n${n}`, data: n })),
    );
    const taken = answers.filter(({ type }) => type === "ack");
    const refused = answers.filter(({ type }) => type === "error");
    expect(taken.length).toBeGreaterThanOrEqual(100);
    expect(refused.length).toBeGreaterThan(0);
    for (const error of refused) {
      expect(error).toMatchObject({ code: "rate_limited", retryAfter: expect.any(Number) });
      expect(error.retryAfter).toBeGreaterThan(0);
    }
    expect(await wholeLog(service, busy)).toHaveLength(taken.length);
  });

  it("FRAME-6 close 4429 after a hundred refusals in a minute", async () => {
    const client = await service.join("alice", uniqueRoom("flood"));
    for (let n = 0; n < 400; n++) client.send({ type: "publish", data: n });
    expect(await client.closed).toEqual({ code: 4429, reason: "rate_limited" });
  });

  it("AUTH-7 do not bind the API key", async () => {
    const client = await service.joinAs("alice", uniqueRoom("free"), { acks: "batch" });
    const answers = await Promise.all(
      Array.from({ length: 400 }, (_, data) => client.request({ type: "publish", data })),
    );
    expect(answers.every(({ type }) => type === "ack")).toBe(true);
  });

  it("PUBLISH-3 over HTTP are 429 with Retry-After, an array counting its length", async () => {
    const busy = uniqueRoom("busy-http");
    const body = Array.from({ length: 80 }, (_, data) => ({ data }));
    const post = () => service.room("POST", busy, "messages", { as: "alice", body });
    expect((await post()).status).toBe(201);
    const answer = await post();
    expect([answer.status, answer.body.code]).toEqual([429, "rate_limited"]);
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
  });

  it("CONNECT-5 refuse the 21st connection of one user", async () => {
    const crowded = uniqueRoom("crowded");
    for (let n = 0; n < 20; n++) await service.join("alice", crowded);
    const url = channelUrl(service.origin(), `room:${crowded}`, "connect");
    const plain = await knock(url, { token: tokenFor("alice") });
    expect(plain).toMatchObject({ outcome: "refused", answer: { status: 429, body: { code: "rate_limited" } } });
    const seen = await knock(url, { token: tokenFor("alice"), protocols: ["edgewire.v1"] });
    expect(seen).toMatchObject({ outcome: "closed", closed: { code: 4429, reason: "rate_limited" } });
    await service.join("bob", crowded);
  });
});
