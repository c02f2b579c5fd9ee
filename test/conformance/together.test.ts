import { randomInt } from "node:crypto";
import { expect, it } from "vitest";
import { assertExactlyOnce, assertSameLog, type Observed } from "../support/chain.ts";
import { wholeLog } from "../support/log.ts";
import { folded } from "../support/presence.ts";
import { randomFrom } from "../support/random.ts";
import { caughtUp, cut, expectWholeLog } from "../support/readers.ts";
import { apiKey, uniqueRoom } from "../support/service.ts";
import { useSharedService } from "../support/shared-service.ts";
import type { ConnectOptions, Received, Subscriber } from "../support/subscriber.ts";
import { type Transport, transports } from "../support/transports.ts";
import { until } from "../support/until.ts";

const service = useSharedService();
const changes = 1_000;
/** Messages that are published at once, at most. */
const longestBurst = 25;
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);

/** An object without work leaves memory after ten seconds: two more to be sure of it. */
const idle = { beats: 12, every: 1_000 };

/** What a reader has of a connection who takes just its first message, and throws away what else had come. */
function firstOnly({ options, welcome, frames }: Subscriber): Observed {
  const end = frames.findIndex(({ frame }) => frame.type === "messages" && (frame.messages as unknown[]).length > 0);
  const before = frames.slice(0, end);
  const { cursor: _afterAll, ...received } = frames[end] as Received;
  const messages = (received.frame.messages as unknown[]).slice(0, 1);
  return { options, welcome, frames: [...before, { ...received, frame: { ...received.frame, messages } }] };
}

it.concurrent("TRANSPORT-1 RESUME-2 one who changes the transport at every message misses, doubles and reorders nothing, and all see the same bytes", async () => {
  const seed = Number(process.env.SEED ?? randomInt(2 ** 31));
  console.log(`SEED=${seed}`);
  const random = randomFrom(seed);
  const any = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)] as T;
  const room = uniqueRoom("mixed");
  const steady = await Promise.all(transports.map((each) => service.subscribe(each, `steady-${each.name}`, room)));
  const sockets = await Promise.all(["ws-1", "ws-2"].map((user) => service.joinAs(user, room, { echo: 0 })));
  const from = steady[0]?.cursor as string;

  const ways = [
    ...sockets.map((socket) => (data: unknown) => socket.request({ type: "publish", data })),
    (data: unknown) => service.publish(room, { data }),
    (data: unknown) => service.publish(room, [{ data }]),
  ];
  let taken = 0;
  const talk = async () => {
    const chance = randomFrom(seed + 1);
    for (let said = 0; said < changes; ) {
      const burst = Math.min(changes - said, 1 + Math.floor(chance() * longestBurst));
      await Promise.all(upTo(burst).map((n) => ways[n % ways.length]?.({ n: said + n, pad: "\u2028\r\n".repeat(n) })));
      said += burst;
      // Sometimes the reader waits for a message, sometimes many are there.
      const left = Math.floor(chance() * 4);
      await until(() => taken >= said - left, {
        what: () => `the reader takes ${said - left}`,
        timeout: 30_000,
        every: 1,
      });
    }
  };
  const talks = talk();
  talks.catch(() => undefined);

  const hops: Observed[] = [];
  const used = new Set<Transport>();
  const chain: Subscriber[] = [];
  const hop = async (transport: Transport, after: string) => {
    // Without delay one user would have too many: a stream that was cut is noticed when it is written to.
    const query = { after, user: `mixed-${hops.length % 100}` };
    const options: ConnectOptions = { server: service.origin, channel: `room:${room}`, token: apiKey, query };
    const reader = await transport.connect(options, chain);
    await reader.until(({ messages }) => messages.length > 0, `a message after ${after}`);
    reader.terminate();
    return reader;
  };
  let cursor = from;
  while (hops.length < changes) {
    const transport = any(transports);
    const observed = firstOnly(await hop(transport, cursor));
    hops.push(observed);
    used.add(transport);
    cursor = assertExactlyOnce([observed])[0]?.cursor as string;
    taken = hops.length;
  }
  await talks;

  await caughtUp(service, room, steady);
  const log = await wholeLog(service, room);
  const seen = [hops, ...steady.map((reader) => reader.chain)].map((each) => assertExactlyOnce(each));
  for (const each of seen) expect(each.map((one) => one.cursor)).toEqual(log.map((one) => one.cursor));
  assertSameLog([log, ...seen]);
  expect(log).toHaveLength(changes);
  expect(used.size).toBe(transports.length);
});

it.concurrent("RESUME-2 TRANSPORT-1 a room that slept goes on where it was, for readers over every transport", async () => {
  const room = uniqueRoom("asleep");
  const query = { member: 1, presence: "members", timeout: 60 };
  const readers = await Promise.all(transports.map((each) => service.subscribe(each, each.name, room, query)));
  await service.fill(room, 3);
  for (const reader of readers) await reader.until(({ messages }) => messages.length === 3, "the messages before");
  const clock = await service.join("clock", uniqueRoom("elsewhere"), {}, { heartbeat: idle.every });
  await clock.until(({ pongs }) => pongs >= idle.beats, "the time to fall asleep", 2 * idle.beats * idle.every);
  expect(readers.map(({ isOpen }) => isOpen)).toEqual(transports.map(() => true));
  await service.fill(room, 3);
  await expectWholeLog(service, room, readers);
  const back = await Promise.all(readers.map(cut));
  await service.fill(room, 1);
  await expectWholeLog(service, room, back);
  for (const reader of back)
    expect([...folded(reader).keys()].sort()).toEqual(transports.map(({ name }) => name).sort());
});
