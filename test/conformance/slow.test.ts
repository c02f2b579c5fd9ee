import { randomBytes, randomInt } from "node:crypto";
import { expect, it } from "vitest";
import { assertExactlyOnce, assertSameLog } from "../support/chain.ts";
import type { PresencePage } from "../support/frames.ts";
import { caughtUp, cursorAt, headOf } from "../support/readers.ts";
import { uniqueRoom } from "../support/service.ts";
import { useSharedService } from "../support/shared-service.ts";
import type { Subscriber } from "../support/subscriber.ts";
import { transports } from "../support/transports.ts";
import { until } from "../support/until.ts";
import { keptOfSlow } from "./settings.ts";

const service = useSharedService();
/** The networks on the way take what they like for a client that does not read, some 10 to 25 MiB: this is 31. */
const bytes = 65_000;
const perPost = 15;
const postsAtOnce = 3;

/** Others each time, that the compression of wrangler's proxy cannot make small. */
const noise = randomBytes(1_024 * 1_024).toString("base64");
const anyNoise = () => {
  const start = randomInt(noise.length - bytes);
  return noise.slice(start, start + bytes);
};

/** Publishes as much as the room keeps. */
async function fill(room: string): Promise<void> {
  let left = keptOfSlow / perPost;
  const post = async () => {
    while (left-- > 0) {
      const body = Array.from({ length: perPost }, () => ({ data: anyNoise() }));
      const answer = await service.publish(room, body);
      expect(answer.status, answer.text).toBe(201);
    }
  };
  await Promise.all(Array.from({ length: postsAtOnce }, post));
}

const subscribe = (room: string, name: string, query = {}): Promise<Subscriber[]> =>
  Promise.all(transports.map((each) => service.subscribe(each, `${name}-${each.name}`, room, query)));

it("SLOW-1 SSE-6 RESUME-4 a live reader that stops reading is ended and resumes exactly; one that stops in a replay is told what it missed; nobody waits for them", async () => {
  const room = uniqueRoom("slow");
  const beginning = cursorAt(await headOf(service, room), 0);
  await fill(room);
  const behind = await subscribe(room, "behind", { after: beginning });
  for (const reader of behind) {
    await reader.until(({ messages }) => messages.length > 0, "the beginning");
    reader.stopReading();
  }
  const live = await subscribe(room, "live", { member: 1 });
  for (const reader of live) reader.stopReading();
  const fast = await service.join("fast", room);
  await fill(room);
  const head = await headOf(service, room);
  await caughtUp(service, room, [fast], 30_000);

  // A poll is no open end: one who does not ask gets nothing, and what it asks next is what follows.
  const areEnded = async () => {
    const { body } = await service.room<PresencePage>("GET", room, "presence");
    return body.members.every(({ user, connections }) => connections === 0 || !/^live-(ws|sse)$/.test(user));
  };
  await until(areEnded, { what: "the slow readers are ended", timeout: 90_000 });
  for (const reader of [...behind, ...live]) reader.startReading();
  const [webSocket, stream, poll] = live as [Subscriber, Subscriber, Subscriber];
  for (const ended of [webSocket, stream]) {
    expect(await ended.closed).toEqual({ code: 4503, reason: "overloaded" });
    expect(ended.cursor).not.toBe(head);
  }
  const back = [await webSocket.resume(), await stream.resume(), poll];
  await caughtUp(service, room, [...behind, ...back], 30_000);
  const whole = [fast, ...back].map(({ chain }) => assertExactlyOnce(chain));
  for (const seen of whole) expect(seen).toHaveLength(keptOfSlow);

  // Each of them read what the networks had taken, and then found that the rest was gone, perhaps more than once.
  const rest = behind.map((reader) => {
    expect(reader.chain).toHaveLength(1);
    const reasons = reader.framesOf("gap").map(({ reason }) => reason);
    expect([...new Set(reasons)]).toEqual(["expired"]);
    return assertExactlyOnce(reader.chain, { gaps: "exact" });
  });
  assertSameLog([...whole, ...rest]);
});
