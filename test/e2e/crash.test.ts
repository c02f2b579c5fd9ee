import { expect, it } from "vitest";
import { assertExactlyOnce, assertSameLog } from "../support/chain.ts";
import type { Frame, PresencePage, Published } from "../support/frames.ts";
import { wholeLog } from "../support/log.ts";
import { folded, usersIn } from "../support/presence.ts";
import { uniqueRoom, useService } from "../support/service.ts";
import { type Follower, follow, Refused, startPublisher, type Transport } from "../support/traffic.ts";
import { until } from "../support/until.ts";

const service = useService();
const kills = 10;
const acknowledgedPerRound = 60;
/** The grace of presence, and a second for the reading. */
const grace = 11_000;
const forGood = new Set(["id_conflict", "bad_request", "bad_json", "forbidden", "unauthenticated", "too_large"]);

/** Publishes over the follower's connection. */
const overSocket = (follower: Follower): Transport => {
  return async (publish) => {
    const client = await follower.open();
    const { type, ...answer }: Frame = await client.request({ type: "publish", ...publish }, 5_000);
    if (type === "ack") return answer as unknown as Published;
    if (forGood.has(String(answer.code))) throw new Refused(JSON.stringify(answer));
    throw new Error(String(answer.code));
  };
};

/** Publishes by one POST each. */
const overHttp = (room: string, user: string): Transport => {
  return async (publish) => {
    const body = { ...publish, user };
    const answer = await service.room<Published>("POST", room, "messages", { body, timeout: 5_000 });
    if (answer.status === 200 || answer.status === 201) return answer.body;
    if (answer.status < 429) throw new Refused(answer.text);
    throw new Error(answer.text);
  };
};

it("MSG-3 loses, doubles and reorders nothing that was acknowledged, in ten kills of the server in mid-traffic", async () => {
  const room = uniqueRoom("crash");
  const members = ["pub-1", "pub-2", "sub-1", "sub-2", "sub-3"];
  const watching = { presence: "members" };
  const followers = new Map<string, Follower>();
  for (const user of members) followers.set(user, follow(await service.joinAs(user, room, watching)));
  const follower = (user: string) => followers.get(user) as Follower;
  const publishers = [
    startPublisher("pub-1", overSocket(follower("pub-1")), 3),
    startPublisher("pub-2", overSocket(follower("pub-2")), 1),
    startPublisher("pub-3", overHttp(room, "pub-3"), 2),
    startPublisher("pub-4", overHttp(room, "pub-4"), 1),
  ];
  const acknowledged = () => publishers.reduce((sum, { answers }) => sum + answers.size, 0);
  const unanswered = () => publishers.reduce((sum, publisher) => sum + publisher.unanswered, 0);

  for (let kill = 1; kill <= kills; kill++) {
    const goal = acknowledged() + acknowledgedPerRound + Math.floor(Math.random() * acknowledgedPerRound);
    await until(() => acknowledged() >= goal, {
      what: () => `${goal} messages acknowledged before kill ${kill}, not only ${acknowledged()}`,
      timeout: 30_000,
      every: 1,
    });
    // One who is there and never comes back: a ghost, if it is still seen when the grace is over.
    await service.joinAs(`gone-${kill}`, room);
    await service.server.kill();
    await service.server.restart();
  }
  const restarted = performance.now();
  const afterLastKill = acknowledged() + acknowledgedPerRound;
  await until(() => acknowledged() >= afterLastKill, { what: "traffic after the last kill", timeout: 30_000 });
  await Promise.all(publishers.map((publisher) => publisher.stop()));
  const clients = await Promise.all(members.map((user) => follower(user).open()));

  // A run in which no kill met a publish on its way has shown nothing.
  expect(unanswered()).toBeGreaterThanOrEqual(kills);
  const log = await wholeLog(service, room);
  const head = log.at(-1)?.cursor;
  for (const client of clients) await client.until(({ cursor }) => cursor === head, `the head ${head}`);
  const chains = members.map((user) => assertExactlyOnce(follower(user).chain));
  for (const chain of chains) expect(chain.map(({ cursor }) => cursor)).toEqual(log.map(({ cursor }) => cursor));
  assertSameLog([log, ...chains]);

  expect(log.map(({ message }) => message.seq)).toEqual(log.map((_, index) => index + 1));
  const placeOf = new Map(log.map(({ message, cursor }) => [`${message.user} ${message.id}`, { message, cursor }]));
  expect(placeOf.size, "every id once").toBe(log.length);
  const sent = publishers.flatMap(({ user, sent }) => [...sent].map(([id, data]) => [`${user} ${id}`, data] as const));
  expect(new Map([...placeOf].map(([key, { message }]) => [key, message.data]))).toEqual(new Map(sent));
  for (const { user, answers } of publishers) {
    for (const [id, answer] of answers) {
      const place = placeOf.get(`${user} ${id}`);
      expect({ id, ...place?.message, cursor: place?.cursor }).toMatchObject({
        id,
        seq: answer.seq,
        cursor: answer.cursor,
      });
    }
  }

  // An id said again after all this, on the other transport, is still the message it was.
  for (const [user, again] of [
    ["pub-1", overHttp(room, "pub-1")],
    ["pub-2", overHttp(room, "pub-2")],
  ] as const) {
    const { answers, sent } = publishers.find((publisher) => publisher.user === user) as (typeof publishers)[number];
    for (const id of [...answers.keys()].slice(0, 5)) {
      const answer = await again({ id, data: sent.get(id) });
      expect(answer).toMatchObject({ seq: answers.get(id)?.seq, duplicate: true });
    }
  }

  const rest = grace - (performance.now() - restarted);
  await until(async () => String(await usersIn(service, room)) === String(members), {
    what: "exactly those who came back are members",
    timeout: Math.max(rest, 1_000),
  });
  const { body } = await service.room<PresencePage>("GET", room, "presence");
  expect(body.members.map(({ connections }) => connections)).toEqual(members.map(() => 1));
  const told = () => clients.every((client) => String([...folded(client).keys()].sort()) === String(members));
  await until(told, { what: "every watcher has been told so", timeout: 5_000 });
  for (const one of followers.values()) one.stop();
});

it("PRESENCE-8 leaves no ghost when the server is killed and nobody comes back", async () => {
  const room = uniqueRoom("ghosts");
  for (const user of ["alice", "bob"]) await service.join(user, room);
  expect(await usersIn(service, room)).toEqual(["alice", "bob"]);
  await service.server.kill();
  await service.server.restart();
  await until(async () => (await usersIn(service, room)).length === 0, { what: "an empty room", timeout: 15_000 });
});
