import { listDurableObjectIds } from "cloudflare:test";
import { expect, test } from "vitest";
import { call } from "./support/channel.ts";
import { handshake } from "./support/client.ts";
import { Room } from "./support/room.ts";
import { env, tokenFor, worker } from "./support/service.ts";
import { User } from "./support/user.ts";

// Before the first request: the settings are read once.
(env as { CHANNEL_RULES?: string }).CHANNEL_RULES = JSON.stringify([
  { match: "user:short-*", retention: { messages: 2 } },
  { match: "user:closed-*" },
  { match: "user:*", anonymous: ["subscribe", "history", "publish", "presence"] },
]);

/** Of every kind: what it needs, and what it is about. */
const REQUESTS = [
  ["GET", "messages", "history"],
  ["POST", "messages", "publish", { data: 1 }],
  ["POST", "signals", "signal", { event: "e", data: 1 }],
  ["GET", "poll", "subscribe"],
  ["GET", "events", "subscribe"],
  ["GET", "presence", "presence"],
  ["GET", "connections", "self"],
  ["PUT", "read", "self", { cursor: "k3f9x2ab-0" }],
  ["DELETE", "messages", "admin"],
  ["DELETE", "", "admin"],
  ["DELETE", "connections", "self"],
] as const;

/** What each of them is answered. */
async function answers(channel: string, token: string | null): Promise<Record<string, number>> {
  const all: Record<string, number> = {};
  for (const [method, endpoint, , body] of REQUESTS) {
    const end = endpoint === "" ? "" : `/${endpoint}`;
    const headers = new Headers({ "content-type": "application/json" });
    if (token !== null) headers.set("authorization", `Bearer ${token}`);
    const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    const answer = await worker.fetch(`https://edge.test/v1/users/${channel}${end}`, init);
    await answer.body?.cancel(); // some are streams
    all[`${method} ${endpoint}`] = answer.status;
  }
  return all;
}
const expected = (statusOf: (needs: (typeof REQUESTS)[number][2]) => number) =>
  Object.fromEntries(REQUESTS.map(([method, endpoint, needs]) => [`${method} ${endpoint}`, statusOf(needs)]));
const objects = () => listDurableObjectIds(env.USERS);

test("INBOX-1 AUTH-5 it is its user's to read and be present in, without a capability, and to publish nothing", async () => {
  const user = new User("closed");
  const token = await user.token(5, { capabilities: {} });
  const own = ["subscribe", "history", "presence", "self"];
  expect(await answers(user.id, token)).toEqual(expected((needs) => (own.includes(needs) ? 200 : 403)));
});

test.each([
  ["no capability there", {}],
  ["one for rooms", { "room:*": ["*"] }],
  ["one for another's", { "user:closed-x": ["*"] }],
])("INBOX-1 AUTH-6 for who has %s it is 403, and no object is made", async (_what, capabilities) => {
  const user = new User("closed");
  const before = await objects();
  expect(await answers(user.id, await tokenFor("bob", { capabilities }))).toEqual(expected(() => 403));
  expect(await objects()).toEqual(before);
});

test("INBOX-1 AUTH-5 others may what their token grants, and what is its user's only an administrator may too", async () => {
  const user = new User("closed");
  const operations = ["subscribe", "history", "publish", "signal", "presence"];
  const friend = await tokenFor("bob", { capabilities: { [user.address]: operations } });
  const granted = (needs: string) => ({ publish: 201, signal: 202, self: 403, admin: 403 })[needs] ?? 200;
  expect(await answers(user.id, friend)).toEqual(expected(granted));
  const admin = await tokenFor("bob", { capabilities: { [user.address]: ["admin"] } });
  const all = (needs: string) => ({ publish: 201, signal: 202 })[needs] ?? 200;
  expect(await answers(user.id, admin)).toEqual({
    ...expected(all),
    "DELETE messages": 204,
    "DELETE ": 204,
  });
});

test("INBOX-1 me is the user of the token, whoever it is, and of a ticket", async () => {
  const user = new User("closed");
  await user.publish({ data: "hello" });
  const token = await user.token();
  const me = (endpoint: string, more = {}) =>
    call("GET", `https://edge.test/v1/users/me/${endpoint}`, { token, ...more });
  expect((await me("messages")).body.messages).toMatchObject([{ data: "hello" }]);
  expect((await me("poll?timeout=0")).body).toMatchObject({ read: expect.stringMatching(/-0$/), unread: 1 });
  const { body } = await call("POST", "https://edge.test/v1/tickets", { token, body: { channel: user.address } });
  const stream = await worker.fetch(`https://edge.test/v1/users/me/events?ticket=${body.ticket}`);
  expect(stream.status).toBe(200);
  await stream.body?.cancel();
  const channel = { url: () => "https://edge.test/v1/users/me/connect" };
  expect((await handshake(channel, { token })).status).toBe(101);
  expect((await call("GET", "https://edge.test/v1/users/%6De/messages", { token })).body.messages).toHaveLength(1);
});

test("INBOX-1 AUTH-7 me of the API_KEY is 400 bad_id, and touches no object", async () => {
  const before = await objects();
  for (const [method, endpoint, , body] of REQUESTS) {
    const url = `https://edge.test/v1/users/me${endpoint === "" ? "" : `/${endpoint}`}`;
    const answer = await call(method, url, body === undefined ? {} : { body });
    expect([endpoint, answer.status, answer.body.code]).toEqual([endpoint, 400, "bad_id"]);
  }
  expect(await objects()).toEqual(before);
});

const guest = async () => (await call("POST", "https://edge.test/v1/guests", { token: null })).body;

test("INBOX-1 guests have no inbox: where anybody may ask it is 404, and no object is made", async () => {
  const { token, user } = await guest();
  const before = await objects();
  const stranger = await tokenFor("bob", { capabilities: {} });
  const administrator = await tokenFor("bob", { capabilities: { "*": ["*"] } });
  for (const credential of [env.API_KEY, administrator, stranger, token, null])
    expect(await answers(user, credential)).toEqual(expected(() => 404));
  for (const credential of [token, null]) expect(await answers("me", credential)).toEqual(expected(() => 404));
  expect(await objects()).toEqual(before);
});

test("INBOX-1 MANY-1 of many channels a guest's inbox is the one that is not found", async () => {
  const room = new Room("room");
  const { user } = await guest();
  for (const token of [env.API_KEY, await tokenFor("bob", { capabilities: { "*": ["publish"] } })]) {
    const body = { channels: [room.address, `user:${user}`], data: 1 };
    const answer = await call("POST", "https://edge.test/v1/messages", { token, body });
    expect(answer).toMatchObject({
      status: 200,
      body: { results: { [room.address]: { seq: expect.any(Number) }, [`user:${user}`]: { code: "not_found" } } },
    });
  }
});

test("INBOX-1 TICKET-1 nobody gets a ticket for a guest's inbox", async () => {
  const { user, token } = await guest();
  for (const credential of [env.API_KEY, token]) {
    const options = { token: credential, body: { channel: `user:${user}` } };
    expect((await call("POST", "https://edge.test/v1/tickets", options)).status).toBe(404);
  }
});

test("INBOX-1 RULES-2 RULES-3 the rules hold for inboxes too", async () => {
  const short = new User("short");
  for (const data of [1, 2, 3]) await short.publish({ data });
  const { body } = await short.call("GET", "messages");
  expect(body.messages.map(({ data }: { data: number }) => data)).toEqual([2, 3]);
  expect((await short.call("GET", "poll", { query: { timeout: 0 } })).body.unread).toBe(2);
  const open = new User("open");
  const { token } = await guest();
  for (const credential of [null, token, await tokenFor("bob")])
    expect((await open.publish({ data: 1 }, { token: credential })).status).toBe(201);
  expect((await new User("closed").publish({ data: 1 }, { token: null })).status).toBe(401);
});
