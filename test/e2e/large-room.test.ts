import { expect, it } from "vitest";
import { assertExactlyOnce } from "../support/chain.ts";
import type { Client } from "../support/client.ts";
import type { PresencePage } from "../support/frames.ts";
import { uniqueRoom, useService } from "../support/service.ts";

const service = useService();
const sockets = 1_000;
const dialAtOnce = 25;

it("RESUME-2 1,000 sockets in one room all receive, once and in order", async () => {
  const room = uniqueRoom("crowd");
  const clients: Client[] = [];
  const dial = async (first: number) => {
    for (let n = first; n < sockets; n += dialAtOnce) clients.push(await service.joinAs(`user-${n}`, room));
  };
  await Promise.all(Array.from({ length: dialAtOnce }, (_, first) => dial(first)));
  const { body } = await service.room<PresencePage>("GET", room, "presence", { query: { limit: 0 } });
  expect(body.count).toBe(sockets);

  const talkers = clients.slice(0, 10);
  const rounds = 10;
  for (let round = 0; round < rounds; round++) {
    const acks = await Promise.all(talkers.map((talker) => talker.request({ type: "publish", data: round }, 30_000)));
    expect(acks.every(({ type }) => type === "ack")).toBe(true);
  }
  const expected = rounds * talkers.length;
  const all = clients.map((client) => client.until(({ messages }) => messages.length === expected, "all", 30_000));
  await Promise.all(all);
  for (const { chain } of clients) expect(assertExactlyOnce(chain)).toHaveLength(expected);
  for (const client of clients) client.terminate();
  await service.canary(room);
});
