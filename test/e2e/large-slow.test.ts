import { randomBytes } from "node:crypto";
import { expect, it } from "vitest";
import { assertExactlyOnce, assertSameLog } from "../support/chain.ts";
import type { PresencePage, Published } from "../support/frames.ts";
import { uniqueRoom, useService } from "../support/service.ts";

const service = useService();
/** 60 KiB that the compression of wrangler's proxy cannot make small. */
const noise = () => randomBytes(45 * 1_024).toString("base64");
/** The networks on the way take what they like for a client that does not read, some 10 to 25 MiB; the log keeps 64. */
const mostPosts = 75;
const perPost = 13;

it("SLOW-1 a reader that stops reading is closed 4503, keeps nobody waiting, and gets everything when it is back", async () => {
  const room = uniqueRoom("slow");
  const slow = await service.join("slow", room);
  const fast = await service.join("fast", room);
  // workerd ends the TCP connection of a client that never sent a frame ten seconds late.
  await slow.request({ type: "members", limit: 0 });
  slow.stopReading();
  const isConnected = async () => {
    const { body } = await service.room<PresencePage>("GET", room, "presence");
    return body.members.some(({ user, connections }) => user === "slow" && connections > 0);
  };
  let head = "";
  let posts = 0;
  for (let post = 0; post < mostPosts && (await isConnected()); post++, posts++) {
    const body = Array.from({ length: perPost }, (_, n) => ({ data: { post, n, noise: noise() } }));
    const answer = await service.room<{ results: Published[] }>("POST", room, "messages", { body });
    expect(answer.status, answer.text).toBe(201);
    head = answer.body.results.at(-1)?.cursor ?? head;
  }
  await fast.until(({ cursor }) => cursor === head, "everything", 30_000);
  slow.startReading();
  expect(await slow.closed).toEqual({ code: 4503, reason: "overloaded" });
  expect(slow.cursor).not.toBe(head);
  const back = await slow.resume();
  await back.until(({ cursor }) => cursor === head, "the rest", 30_000);
  expect(fast.isOpen).toBe(true);
  assertSameLog([assertExactlyOnce(slow.chain), assertExactlyOnce(fast.chain)]);
  expect(slow.chain.flatMap(({ messages }) => messages)).toHaveLength(posts * perPost);
  await service.canary(room);
});
