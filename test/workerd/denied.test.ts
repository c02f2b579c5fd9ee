import { listDurableObjectIds } from "cloudflare:test";
import { beforeAll, expect, test } from "vitest";
import { Room } from "./support/room.ts";
import { env, tokenFor, worker } from "./support/service.ts";

const upgrade = { upgrade: "websocket" };
let nobody = "";
let reader = "";

beforeAll(async () => {
  nobody = await tokenFor("nobody", { capabilities: {} });
  reader = await tokenFor("reader", { capabilities: { "room:*": ["subscribe"] } });
});

type Ask = (room: Room) => Promise<{ status: number }>;

test.each<[string, number, Ask]>([
  ["a forged token", 401, (room) => room.call("GET", "messages", { token: `${reader}x` })],
  ["a connect with a forged token", 401, (room) => room.call("GET", "connect", { token: "x", headers: upgrade })],
  ["history without the right", 403, (room) => room.call("GET", "messages", { token: reader })],
  ["a publish without the right", 403, (room) => room.call("POST", "messages", { token: reader, body: { data: 1 } })],
  ["a signal without the right", 403, (room) => room.call("POST", "signals", { token: reader, body: { event: "x" } })],
  ["presence without the right", 403, (room) => room.call("GET", "presence", { token: reader })],
  ["a connect without the right", 403, (room) => room.call("GET", "connect", { token: nobody, headers: upgrade })],
  [
    "a rewind without the right",
    403,
    (room) => room.call("GET", "connect", { token: reader, headers: upgrade, query: { rewind: 1 } }),
  ],
  [
    "a foreign user",
    403,
    (room) => room.call("GET", "connect", { token: reader, headers: upgrade, query: { user: "other" } }),
  ],
  ["a bad option", 400, (room) => room.call("GET", "connect", { headers: upgrade, query: { presence: "some" } })],
  ["a bad cursor", 400, (room) => room.call("GET", "connect", { headers: upgrade, query: { after: "1" } })],
  ...["events", "poll"].flatMap((end): [string, number, Ask][] => [
    [`${end} with a forged token`, 401, (room) => room.call("GET", end, { token: "x" })],
    [`${end} without the right`, 403, (room) => room.call("GET", end, { token: nobody })],
    [`${end} for a foreign user`, 403, (room) => room.call("GET", end, { token: reader, query: { user: "other" } })],
    [
      `${end} as a member without the right`,
      403,
      (room) => room.call("GET", end, { token: reader, query: { member: 1 } }),
    ],
    [`${end} with a bad cursor`, 400, (room) => room.call("GET", end, { query: { after: "1" } })],
    [`${end} with another method`, 405, (room) => room.call("POST", end, { body: {} })],
    [`HEAD of ${end}`, 405, (room) => room.call("HEAD", end)],
  ]),
  [
    "events with a rewind without the right",
    403,
    (room) => room.call("GET", "events", { token: reader, query: { rewind: 1 } }),
  ],
  ["a bad Last-Event-ID", 400, (room) => room.call("GET", "events", { headers: { "last-event-id": "1" } })],
  ["a bad timeout", 400, (room) => room.call("GET", "poll", { query: { timeout: 61 } })],
  ["a bad limit", 400, (room) => room.call("GET", "messages", { query: { limit: 0 } })],
  ["an empty array", 400, (room) => room.publish([])],
  ["no upgrade", 426, (room) => room.call("GET", "connect")],
  ["another method", 405, (room) => room.call("PATCH", "messages", { body: {} })],
])("AUTH-6 HTTP-6 %s (%i) creates no object", async (_what, status, ask) => {
  const before = await listDurableObjectIds(env.ROOMS);
  expect((await ask(new Room("denied"))).status).toBe(status);
  expect(await listDurableObjectIds(env.ROOMS)).toEqual(before);
});

test.each([
  [
    "CONNECT-2 a refused handshake of a client with edgewire.v1",
    "x",
    { ...upgrade, "sec-websocket-protocol": "edgewire.v1, edgewire.token.x" },
    101,
  ],
  ["ID-1 a bad id", "a%2Fb", {}, 400],
  ["ID-1 an id that is too long", "x".repeat(129), {}, 400],
  ["ORIGIN-1 a foreign origin", "x", { ...upgrade, origin: "https://elsewhere.test" }, 403],
])("%s creates no object", async (_what, id, headers, status) => {
  const before = await listDurableObjectIds(env.ROOMS);
  const authorization = `Bearer ${status === 101 ? "x" : env.API_KEY}`;
  const end = status === 400 ? "messages" : "connect";
  const answer = await worker.fetch(`https://edge.test/v1/rooms/${id}/${end}`, {
    headers: { authorization, ...headers } as Record<string, string>,
  });
  expect(answer.status).toBe(status);
  await answer.body?.cancel();
  answer.webSocket?.accept();
  expect(await listDurableObjectIds(env.ROOMS)).toEqual(before);
});

test("AUTH-6 the look at the objects sees one that was made", async () => {
  const before = await listDurableObjectIds(env.ROOMS);
  const room = new Room("allowed");
  expect((await room.call("GET", "messages")).status).toBe(200);
  expect(await listDurableObjectIds(env.ROOMS)).toHaveLength(before.length + 1);
});
