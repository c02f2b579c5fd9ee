import { expect, it } from "vitest";
import { assertExactlyOnce, assertSameLog } from "../support/chain.ts";
import type { Published } from "../support/frames.ts";
import { wholeLog } from "../support/log.ts";
import { usersIn } from "../support/presence.ts";
import { caughtUp } from "../support/readers.ts";
import { apiKey, authSecret, uniqueRoom, useService } from "../support/service.ts";
import { type Follower, follow, startPublisher, type Transport as Way } from "../support/traffic.ts";
import { transports } from "../support/transports.ts";
import { until } from "../support/until.ts";

const service = useService({ AUTH_SECRET: authSecret, API_KEY: apiKey, PRESENCE_GRACE: "3000", POLL_GRACE: "3000" });
const kills = 2;
const acknowledgedPerRound = 80;

/** Publishes over the follower's WebSocket. */
const overSocket = (follower: Follower): Way => {
  return async (publish) => {
    const { type, ...answer } = await (await follower.open()).request({ type: "publish", ...publish }, 5_000);
    if (type !== "ack") throw new Error(JSON.stringify(answer));
    return answer as unknown as Published;
  };
};

/** Publishes by one POST each. */
const overHttp = (room: string): Way => {
  return async (publish) => {
    const answer = await service.room<Published>("POST", room, "messages", { body: publish, timeout: 5_000 });
    if (answer.status !== 200 && answer.status !== 201) throw new Error(answer.text);
    return answer.body;
  };
};

it("RESUME-2 MSG-3 TRANSPORT-1 PRESENCE-8 over kills of the server in mid-traffic no reader loses, doubles or reorders anything, and the members are those who came back", async () => {
  const room = uniqueRoom("kills");
  const query = { member: 1, presence: "members", timeout: 2 };
  const join = (transport: (typeof transports)[number], user: string) =>
    service.subscribe(transport, user, room, query);
  const followers = await Promise.all(
    transports.flatMap((each) => ["a", "b"].map(async (name) => follow(await join(each, `${each.name}-${name}`)))),
  );
  const talker = follow(await service.joinAs("talker", room, { member: 0 }));
  const publishers = [startPublisher("talker", overSocket(talker), 3), startPublisher("server", overHttp(room), 2)];
  const acknowledged = () => publishers.reduce((sum, { answers }) => sum + answers.size, 0);
  const untilMore = () => {
    const goal = acknowledged() + acknowledgedPerRound;
    return until(() => acknowledged() >= goal, { what: `${goal} messages acknowledged`, timeout: 30_000, every: 1 });
  };

  for (let kill = 1; kill <= kills; kill++) {
    await untilMore();
    // Those who are there and never come back: ghosts, if they are still seen when the grace is over.
    await Promise.all(transports.map((each) => join(each, `gone-${kill}-${each.name}`)));
    await service.server.kill();
    await service.server.restart();
  }
  await untilMore();
  await Promise.all(publishers.map((publisher) => publisher.stop()));

  const readers = await Promise.all(followers.map((follower) => follower.open()));
  await caughtUp(service, room, readers);
  const log = await wholeLog(service, room);
  const cursors = log.map(({ cursor }) => cursor);
  const chains = followers.map(({ chain }) => assertExactlyOnce(chain));
  for (const [index, chain] of chains.entries()) {
    expect(followers[index]?.chain.length).toBeGreaterThan(kills);
    expect(chain.map(({ cursor }) => cursor)).toEqual(cursors);
  }
  assertSameLog([log, ...chains]);
  const sent = publishers.flatMap((publisher) => [...publisher.sent.keys()]);
  expect(log.map(({ message }) => message.id).sort()).toEqual(sent.sort());

  const members = transports.flatMap(({ name }) => [`${name}-a`, `${name}-b`]).sort();
  const areMembers = async () => String(await usersIn(service, room)) === String(members);
  await until(areMembers, { what: "exactly those who came back are members", timeout: 10_000 });
  for (const follower of [...followers, talker]) follower.stop();
}, 90_000);
