import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { assertExactlyOnce } from "../../support/chain.ts";
import { channelUrl } from "../../support/client.ts";
import type { PresencePage, Published } from "../../support/frames.ts";
import { call } from "../../support/http.ts";
import { tokenFor, uniqueRoom, useService } from "../../support/service.ts";
import { until } from "../../support/until.ts";
import { flushed, Neighbour, unnoticed } from "./neighbour.ts";
import { RawSocket } from "./raw-socket.ts";

const service = useService();
const sockets: RawSocket[] = [];
let neighbour: Neighbour;

beforeAll(async () => {
  neighbour = await Neighbour.moveIn(service, uniqueRoom("beside"));
});
afterAll(() => {
  for (const socket of sockets) socket.terminate();
});

const dial = async (room: string, query = {}): Promise<RawSocket> => {
  const socket = new RawSocket(service.origin(), `room:${room}`, { token: tokenFor("mallory"), query });
  sockets.push(socket);
  await socket.welcome();
  return socket;
};
/** 60 KiB that the compression of wrangler's proxy cannot make small. */
const noise = () => randomBytes(45 * 1024).toString("base64");
const perPost = 13;

async function fillWithNoise(room: string, posts: number): Promise<string> {
  let head = "";
  for (let post = 0; post < posts; post++) {
    const body = Array.from({ length: perPost }, () => ({ data: noise() }));
    const answer = await service.room<{ results: Published[] }>("POST", room, "messages", { body });
    expect(answer.status, answer.text).toBe(201);
    head = answer.body.results.at(-1)?.cursor ?? head;
  }
  return head;
}

/** Whether the server still has a connection of that member: a close is not seen by a client that does not read. */
async function isConnected(room: string, name: string): Promise<boolean> {
  const { body } = await service.room<PresencePage>("GET", room, "presence");
  return body.members.some(({ user, connections }) => user === name && connections > 0);
}

it("FRAME-6 PUBLISH-3: who floods with messages is closed 4429, and what was acknowledged of it is stored", async () => {
  const room = uniqueRoom("flood");
  await unnoticed(neighbour, async () => {
    const flooder = await dial(room);
    for (let n = 0; n < 10_000 && flooder.isOpen; n++) {
      flooder.send({ type: "publish", data: n, ref: `r${n}`, id: `n${n}` });
      if (n % 100 === 99) await flushed(flooder);
    }
    expect(await flooder.closed).toEqual({ code: 4429, reason: "rate_limited" });
    const errors = flooder.framesOf("error");
    expect(errors).toHaveLength(100);
    for (const error of errors) expect(error).toMatchObject({ code: "rate_limited", retryAfter: expect.any(Number) });
    const { body } = await service.room<{ cursor: string }>("GET", room, "messages");
    expect(Number(body.cursor.split("-")[1])).toBeGreaterThanOrEqual(flooder.framesOf("ack").length);
    expect(flooder.framesOf("ack").length).toBeLessThan(250);
  });
  await service.canary(room);
});

it("FRAME-6 SIGNAL-3: who floods with signals is closed 4429", async () => {
  const room = uniqueRoom("flood");
  await unnoticed(neighbour, async () => {
    const flooder = await dial(room);
    for (let n = 0; n < 10_000 && flooder.isOpen; n++) {
      flooder.send({ type: "signal", event: "e", data: n });
      if (n % 100 === 99) await flushed(flooder);
    }
    expect(await flooder.closed).toEqual({ code: 4429, reason: "rate_limited" });
  });
  await service.canary(room);
});

it("PUBLISH-3: who floods over HTTP gets 429 for what is too much, with a Retry-After that is true", async () => {
  const room = uniqueRoom("flood");
  const url = channelUrl(service.origin(), `room:${room}`, "messages");
  const post = () => call("POST", url, { token: tokenFor("mallory"), body: Array(20).fill({ data: 1 }) });
  await unnoticed(neighbour, async () => {
    const answers = await Promise.all(Array.from({ length: 40 }, post));
    const taken = answers.filter(({ status }) => status === 201);
    const refused = answers.filter(({ status }) => status === 429);
    expect(taken.length + refused.length).toBe(40);
    expect(taken.length).toBeGreaterThanOrEqual(5);
    expect(refused.length).toBeGreaterThan(20);
    for (const { headers } of refused) expect(Number(headers.get("retry-after"))).toBe(1);
  });
  await service.canary(room);
});

it("FRAME-5: who sends 10,000 malformed frames is closed 4400 after 20 of them", async () => {
  const room = uniqueRoom("malformed");
  const kinds = ["{", "[]", "", '{"type":"dance"}', '{"type":"publish"}', new Uint8Array([1, 2]), "x".repeat(10_000)];
  await unnoticed(neighbour, async () => {
    const clumsy = await dial(room);
    for (let n = 0; n < 10_000 && clumsy.isOpen; n++) {
      clumsy.send(kinds[n % kinds.length] as string);
      if (n % 500 === 499) await flushed(clumsy);
    }
    expect(await clumsy.closed).toEqual({ code: 4400, reason: "bad_request" });
    expect(clumsy.framesOf("error")).toHaveLength(20);
  });
  await service.canary(room);
});

it("SLOW-1 RESUME-2: who never reads is closed 4503, and has everything once it is back", async () => {
  const room = uniqueRoom("slow");
  const slow = await service.join("slow", room);
  await slow.request({ type: "members", limit: 0 });
  await unnoticed(neighbour, async () => {
    slow.stopReading();
    // The networks on the way take what they like, some 10 to 20 MiB; what is kept is 64.
    let posts = 0;
    let head = "";
    for (; posts < 75 && (await isConnected(room, "slow")); posts++) head = await fillWithNoise(room, 1);
    slow.startReading();
    expect(await slow.closed).toEqual({ code: 4503, reason: "overloaded" });
    expect(slow.cursor).not.toBe(head);
    const back = await slow.resume();
    await back.until(({ cursor }) => cursor === head, "the rest", 30_000);
    expect(assertExactlyOnce(slow.chain)).toHaveLength(posts * perPost);
    for (const client of slow.chain) client.terminate();
  });
  await service.canary(room);
});

it("SLOW-1: who asks and asks, and never reads the answers, is closed 4503, and is not kept all of them", async () => {
  const room = uniqueRoom("asking");
  await fillWithNoise(room, 1);
  await unnoticed(neighbour, async () => {
    const greedy = await dial(room);
    await greedy.request({ type: "members", limit: 0 });
    greedy.stopReading();
    // 60 bytes each, and a quarter of a MiB to answer: 75 MiB, of which an object may hold 32, and the network 20.
    for (let n = 0; n < 300; n++) greedy.send({ type: "history", limit: 1000, ref: `h${n}` });
    await until(async () => !(await isConnected(room, "mallory")), { what: "the end of the greedy one" });
    greedy.startReading();
    expect(await greedy.closed).toEqual({ code: 4503, reason: "overloaded" });
    expect(greedy.framesOf("ack").length).toBeLessThan(250);
  });
  await service.canary(room);
});
