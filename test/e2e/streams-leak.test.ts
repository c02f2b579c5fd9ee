import { get, type IncomingMessage } from "node:http";
import { expect, it } from "vitest";
import { channelUrl, type Query } from "../support/channel-url.ts";
import type { PresencePage } from "../support/frames.ts";
import { apiKey, authSecret, uniqueRoom, useService } from "../support/service.ts";
import { until } from "../support/until.ts";

const SECOND = 1000;
// `wrangler dev` notices that a client has vanished only when it writes to it, or has nothing left to wait for.
const service = useService({
  AUTH_SECRET: authSecret,
  API_KEY: apiKey,
  STREAM_COMMENT_EVERY: String(SECOND),
  PRESENCE_GRACE: String(SECOND),
  POLL_GRACE: String(SECOND),
});

const AT_ONCE = 50;
const ALL = 1000;
/** Far below the time after which the object itself would look for the dead. */
const PATIENCE = 60 * SECOND;

interface Visit {
  room: string;
  user: string;
  /** When the request is sent. */
  sent: Promise<unknown>;
  response: Promise<IncomingMessage>;
}
/** What a client waits for before it goes away without a word. */
type Leave = (visit: Visit) => Promise<unknown>;

const atOnce: Leave = ({ sent }) => sent;
const afterTheHead: Leave = ({ response }) => response;
/** When it is a member, and so has an open connection; or a poll that was over before anybody looked. */
const whenThere: Leave = ({ room, user, response }) => {
  let answer: IncomingMessage | undefined;
  const listen = (begun: IncomingMessage) => {
    answer = begun;
  };
  response.then(listen, () => undefined);
  const query = { after: user.slice(0, -1), limit: 1 }; // no other name is between
  const isThere = async () => {
    if (answer?.complete) return true;
    const { body } = await service.room<PresencePage>("GET", room, "presence", { query });
    return body.members[0]?.user === user && body.members[0].connections === 1;
  };
  return until(isThere, { what: `${user} to be there` });
};
/** When it has read the text. */
const afterSeeing =
  (text: string): Leave =>
  async ({ response }) => {
    let seen = "";
    for await (const chunk of await response) {
      seen += chunk;
      if (seen.includes(text)) return;
    }
    throw new Error(`it ended before ${text}: ${seen.slice(0, 300)}`);
  };

async function visit(room: string, endpoint: string, query: Query, leave: Leave): Promise<void> {
  const url = channelUrl(service.origin(), `room:${room}`, endpoint, { member: 1, ...query });
  const request = get(url, { agent: false, headers: { authorization: `Bearer ${apiKey}` } });
  const response = new Promise<IncomingMessage>((resolve, reject) => {
    request.once("response", resolve);
    request.on("error", reject);
  });
  response.catch(() => undefined); // it is torn down below
  const sent = new Promise((resolve) => request.once("finish", resolve));
  await leave({ room, user: String(query.user), sent, response });
  request.destroy();
}

/** So many visits by a user each, some at a time, each of which ends in the next of these ways. */
async function visitAll(room: string, endpoint: string, query: Query, ways: readonly Leave[]): Promise<void> {
  for (let first = 0; first < ALL; first += AT_ONCE) {
    const some = Array.from({ length: AT_ONCE }, (_, index) => first + index);
    await Promise.all(
      some.map((n) => visit(room, endpoint, { user: `${n + ALL}u`, ...query }, ways[n % ways.length] as Leave)),
    );
  }
}

/** Open connections that make somebody a member. */
async function connections(room: string): Promise<number> {
  const { body } = await service.room<PresencePage>("GET", room, "presence", { query: { limit: 1000 } });
  return body.members.reduce((sum, member) => sum + member.connections, 0);
}

async function expectNobodyLeft(room: string): Promise<void> {
  let open = 0;
  const isEmpty = async () => {
    open = await connections(room);
    return open === 0;
  };
  await until(isEmpty, {
    what: () => `no connection of a member left, but ${open} are`,
    timeout: PATIENCE,
    every: 250,
  });
  await until(async () => (await service.room<PresencePage>("GET", room, "presence")).body.count === 0, {
    what: "the last grace to end",
    timeout: PATIENCE,
  });
  // And none that is no member's.
  expect((await service.room("DELETE", room, "connections")).body).toEqual({ closed: 0 });
  await service.canary(room);
}

it.concurrent("SSE-6 L3 1,000 streams that vanish at any moment leave no connection behind", async () => {
  const room = uniqueRoom("vanish");
  await service.fill(room, 1000, "x".repeat(500));
  const inReplay = afterSeeing('"n":20');
  await visitAll(room, "events", { rewind: 1000 }, [
    whenThere,
    afterTheHead,
    atOnce,
    inReplay,
    afterSeeing('"n":1000'),
  ]);
  await expectNobodyLeft(room);
});

it.concurrent("POLL-3 L3 1,000 polls that vanish leave no connection behind after their time", async () => {
  const room = uniqueRoom("vanish");
  const after = await service.fill(room, 3);
  await visitAll(room, "poll", { after, timeout: 5 }, [whenThere, atOnce]);
  await expectNobodyLeft(room);
});
