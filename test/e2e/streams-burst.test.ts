import { expect, it } from "vitest";
import { uniqueRoom, useService } from "../support/service.ts";
import { overPoll, overSse } from "../support/transports.ts";

const service = useService();
/** Together just below what a channel takes before it is written. */
const ARRAYS = 4;
const MESSAGES = 15;
const ROUNDS = 4;

it("SSE-6 SLOW-1 a reader that takes all it gets is not ended, though many MiB are published at once", async () => {
  const room = uniqueRoom("burst");
  const stream = await service.subscribe(overSse, "stream", room);
  const poll = await service.subscribe(overPoll, "poll", room);
  const array = Array.from({ length: MESSAGES }, () => ({ data: "x".repeat(60_000) }));
  for (let round = 1; round <= ROUNDS; round++) {
    const answers = await Promise.all(Array.from({ length: ARRAYS }, () => service.publish(room, array)));
    expect(answers.map(({ status }) => status)).toEqual(Array(ARRAYS).fill(201));
    const all = round * ARRAYS * MESSAGES;
    for (const reader of [stream, poll])
      await reader.until(({ messages }) => messages.length === all, `${all} messages`);
  }
  expect([stream.chain.length, stream.isOpen, poll.isOpen]).toEqual([1, true, true]);
});
