import { expect, it } from "vitest";
import { assertExactlyOnce, assertSameLog } from "../support/chain.ts";
import type { Query } from "../support/client.ts";
import type { History } from "../support/frames.ts";
import { wholeLog } from "../support/log.ts";
import { expectProblem } from "../support/problem.ts";
import { uniqueRoom, useService } from "../support/service.ts";

const service = useService();
const dataLimit = 65_536;
const frameLimit = 131_072;
const bodyLimit = 1_048_576;
const outgoingLimit = 262_144;
/** 8 MiB of messages and what is around them. */
const pageLimit = 8_388_608 + 1_024;

/** A string whose JSON has so many bytes, quotes included. */
const ascii = (bytes: number) => "x".repeat(bytes - 2);
const twoByte = (bytes: number) => "é".repeat((bytes - 2) / 2);

it("FRAME-7 takes 32 messages of 64 KiB at once, and sends no frame over 256 KiB", async () => {
  const room = uniqueRoom("big");
  const alice = await service.join("alice", room);
  const bob = await service.join("bob", room);
  const letters = Array.from({ length: 32 }, (_, n) => String.fromCharCode(97 + (n % 26)));
  const data = letters.map((letter) => letter + ascii(dataLimit).slice(letter.length));
  const acks = await Promise.all(data.map((each) => alice.request({ type: "publish", data: each })));
  expect(acks.map(({ type, seq }) => [type, seq])).toEqual(data.map((_, index) => ["ack", index + 1]));
  const late = await service.join("carol", room, { rewind: 32 });
  for (const reader of [alice, bob, late]) {
    await reader.until(({ messages }) => messages.length === data.length, "all 32");
    expect(reader.messages.map((message) => message.data)).toEqual(data);
    for (const { text } of reader.frames) expect(Buffer.byteLength(text)).toBeLessThanOrEqual(outgoingLimit);
  }
  assertSameLog([...[alice, bob, late].map(({ chain }) => assertExactlyOnce(chain)), await wholeLog(service, room)]);
});

it("HISTORY-2 ends a page early where it would grow too large, and goes on from its cursor", async () => {
  const room = uniqueRoom("pages");
  const body = Array.from({ length: 14 }, (_, n) => ({ data: n + ascii(dataLimit).slice(String(n).length) }));
  for (let post = 0; post < 12; post++) expect((await service.publish(room, body)).status).toBe(201);
  const asker = await service.join("alice", room);
  const overHttp = async (query: Query) => {
    const { text, body } = await service.room<History>("GET", room, "messages", { query });
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(pageLimit);
    return body;
  };
  const inFrame = async (query: Query) => (await asker.request({ type: "history", ...query })) as unknown as History;
  for (const read of [overHttp, inFrame]) {
    const seqs: number[] = [];
    for (let after = asker.welcome.cursor.replace(/-.*/, "-0"), more = true; more; ) {
      const page = await read({ after, limit: 1000 });
      seqs.push(...page.messages.map(({ seq }) => seq));
      ({ cursor: after, more } = page);
    }
    expect(seqs).toEqual(Array.from({ length: 168 }, (_, index) => index + 1));
  }
  for (const { text } of asker.frames) expect(Buffer.byteLength(text)).toBeLessThanOrEqual(outgoingLimit);
});

it.each([
  ["ASCII", ascii],
  ["two-byte letters", twoByte],
])("MSG-6 takes data of exactly 65,536 bytes of %s, and not of more", async (_what, make) => {
  const room = uniqueRoom("exact");
  const alice = await service.join("alice", room);
  const fits = make(dataLimit);
  expect(Buffer.byteLength(JSON.stringify(fits))).toBe(dataLimit);
  expect(await alice.request({ type: "publish", data: fits })).toMatchObject({ type: "ack", seq: 1 });
  expect((await service.publish(room, { data: fits })).status).toBe(201);
  const tooLong = `${fits}x`;
  const refused = await alice.request({ type: "publish", ref: "long", data: tooLong });
  expect(refused).toMatchObject({ type: "error", ref: "long", code: "too_large" });
  expectProblem(await service.publish(room, { data: tooLong }), { status: 413, code: "too_large" });
  expectProblem(await service.publish(room, [{ data: 1 }, { data: tooLong }]), { status: 413, code: "too_large" });
  expect(await wholeLog(service, room)).toHaveLength(2);
  await service.canary(room);
});

it("FRAME-4 takes a frame of exactly 128 KiB, and closes 1009 after a larger one", async () => {
  const room = uniqueRoom("frame");
  const alice = await service.join("alice", room);
  const padded = (bytes: number) => {
    const frame = '{"type":"publish","ref":"padded","data":1}';
    return frame.padEnd(bytes, " ");
  };
  alice.send(padded(frameLimit));
  await alice.until(({ frames }) => frames.some(({ frame }) => frame.ref === "padded"), "the ack");
  expect(alice.framesOf("ack")).toHaveLength(1);
  alice.send(padded(frameLimit + 1));
  expect(await alice.closed).toEqual({ code: 1009, reason: "too_large" });
  expect(await wholeLog(service, room)).toHaveLength(1);
  await service.canary(room);
});

it("HTTP-4 takes a body of exactly 1 MiB, and answers 413 to a larger one", async () => {
  const room = uniqueRoom("body");
  const body = (bytes: number) => '{"data":1}'.padEnd(bytes, " ");
  const post = (bytes: number) => service.room("POST", room, "messages", { body: body(bytes) });
  expect((await post(bodyLimit)).status).toBe(201);
  expectProblem(await post(bodyLimit + 1), { status: 413, code: "too_large" });
  await service.canary(room);
});

it("PUBLISH-2 takes an array of many large messages as one", async () => {
  const room = uniqueRoom("array");
  const bob = await service.join("bob", room);
  const body = Array.from({ length: 15 }, () => ({ data: ascii(dataLimit) }));
  expect((await service.publish(room, body)).status).toBe(201);
  await bob.until(({ messages }) => messages.length === 15, "all 15");
  for (const { text } of bob.frames) expect(Buffer.byteLength(text)).toBeLessThanOrEqual(outgoingLimit);
});
