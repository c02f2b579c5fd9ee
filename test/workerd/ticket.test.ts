import { listDurableObjectIds } from "cloudflare:test";
import { describe, expect, test, vi } from "vitest";
import { derivedKeys, readSecrets, type Secrets } from "../../src/auth/secrets.ts";
import { app } from "../../src/http/app.ts";
import { Room } from "./support/room.ts";
import { env, tokenFor, worker } from "./support/service.ts";
import { openStream, requestStream } from "./support/stream.ts";
import { requestTicket, ticketFor } from "./support/ticket.ts";

Object.assign(env, {
  CHANNEL_RULES: JSON.stringify([{ match: "room:public-*", anonymous: ["subscribe", "history"] }]),
});

const channelOf = (room: Room) => `room:${room.id}`;
const rightsTo = (room: Room, ...operations: string[]) =>
  tokenFor("ann", { capabilities: { [channelOf(room)]: operations } });

/** A room, and a ticket of ann's for it. */
async function ticketed(name = "ticket") {
  const room = new Room(name);
  return { room, ...(await ticketFor({ for: channelOf(room), token: await tokenFor("ann") })) };
}

test("TICKET-1 a ticket is made for one channel, until its token ends", async () => {
  const room = new Room("made");
  const exp = Math.floor(Date.now() / 1000) + 600;
  const answer = await requestTicket({ for: channelOf(room), token: await tokenFor("ann", { exp }) });
  expect(answer).toMatchObject({ status: 201, body: { ticket: expect.any(String), expires: exp * 1000 } });
  expect(answer.headers.get("cache-control")).toBe("no-store");
  const stream = await openStream(room, { ticket: answer.body.ticket });
  expect(stream.welcome).toMatchObject({ user: "ann", expires: exp * 1000 });
});

test("TICKET-1 and at most for an hour", async () => {
  const { expires } = await ticketed();
  expect(expires - Date.now()).toBeGreaterThan(3_590_000);
  expect(expires - Date.now()).toBeLessThanOrEqual(3_600_000);
});

test("TICKET-1 it opens as many streams as are wanted, as its user, with the rights of then", async () => {
  const room = new Room("rights");
  const token = await tokenFor("ann", {
    info: { name: "Ann" },
    capabilities: { [channelOf(room)]: ["subscribe", "presence"] },
  });
  const { ticket } = await ticketFor({ for: channelOf(room), token });
  for (let n = 0; n < 3; n++) await openStream(room, { ticket, query: { member: 1 } });
  const { members } = (await room.call("GET", "presence")).body;
  expect(members).toMatchObject([{ user: "ann", info: { name: "Ann" }, connections: 3 }]);
  expect((await requestStream(room, { ticket, query: { rewind: 1 } })).status).toBe(403);
  expect((await requestStream(room, { ticket, query: { user: "bob" } })).status).toBe(403);
  await openStream(room, { ticket, query: { user: "ann" } });
});

test("TICKET-1 AUTH-7 the API key makes them for whom it says, and for itself", async () => {
  const room = new Room("server");
  for (const user of ["bob", undefined]) {
    const { ticket } = await ticketFor({ for: { channel: channelOf(room), user } });
    const stream = await openStream(room, { ticket, query: { rewind: 1, presence: "count" } });
    expect(stream.welcome.user).toBe(user ?? "server");
  }
});

describe("TICKET-1 there is none", () => {
  const room = new Room("none");
  type Refused = [string, () => Promise<Parameters<typeof requestTicket>[0]>, number, string];
  const refused: Refused[] = [
    ["without a token", async () => ({ for: channelOf(room), token: null }), 401, "unauthenticated"],
    ["with a wrong one", async () => ({ for: channelOf(room), token: "x.y.z" }), 401, "unauthenticated"],
    ["with a ticket", async () => ({ for: channelOf(room), token: (await ticketed()).ticket }), 401, "unauthenticated"],
    [
      "without subscribe",
      async () => ({ for: channelOf(room), token: await rightsTo(room, "history", "publish") }),
      403,
      "forbidden",
    ],
    ["for another room", async () => ({ for: "room:other", token: await rightsTo(room, "*") }), 403, "forbidden"],
    [
      "for another user",
      async () => ({ for: { channel: channelOf(room), user: "bob" }, token: await rightsTo(room, "*") }),
      403,
      "forbidden",
    ],
    ["for a user that is no id", async () => ({ for: { channel: channelOf(room), user: "a b" } }), 400, "bad_id"],
    ["for a user that is no text", async () => ({ for: { channel: channelOf(room), user: 5 } }), 400, "bad_id"],
    ...[
      {},
      { channel: 5 },
      { channel: "lobby" },
      { channel: "room:" },
      { channel: "room:a/b" },
      { channel: "team:a" },
    ].map((body): Refused => [`for ${JSON.stringify(body)}`, async () => ({ for: body }), 400, "bad_id"]),
    ...[[], [{ channel: "room:a" }]].map(
      (body): Refused => [`for ${JSON.stringify(body)}`, async () => ({ for: body }), 400, "bad_request"],
    ),
  ];
  test.each(refused)("%s", async (_what, options, status, code) => {
    const before = await listDurableObjectIds(env.ROOMS);
    expect(await requestTicket(await options())).toMatchObject({ status, body: { code } });
    expect(await listDurableObjectIds(env.ROOMS)).toEqual(before);
  });
});

test("TICKET-1 making and refusing one touches no object", async () => {
  const before = await listDurableObjectIds(env.ROOMS);
  const { ticket } = await ticketed();
  for (const wrong of [ticket, `${ticket}x`, "", "x.y.z"]) {
    const answer = await requestStream(new Room("other"), { ticket: wrong });
    expect([401, 403]).toContain(answer.status);
    await answer.body?.cancel();
  }
  expect(await listDurableObjectIds(env.ROOMS)).toEqual(before);
});

test("TICKET-1 for another room's events it is 403, for a guest's as for whoever else's 401 or 403", async () => {
  const { ticket } = await ticketed();
  const answer = await requestStream(new Room("other"), { ticket });
  expect([answer.status, await answer.json()]).toEqual([403, expect.objectContaining({ code: "forbidden" })]);
  // Not even where anybody may read: a ticket is for one channel.
  expect((await requestStream(new Room("public"), { ticket })).status).toBe(403);
  const open = new Room("public");
  const guests = await ticketFor({ for: channelOf(open), token: null });
  expect((await requestStream(new Room("other"), { ticket: guests.ticket })).status).toBe(401);
});

test("TICKET-1 GUEST-1 a guest's is good where anybody may read, for one and the same guest", async () => {
  const room = new Room("public");
  const { ticket } = await ticketFor({ for: channelOf(room), token: null });
  const [first, second] = [
    await openStream(room, { ticket }),
    await openStream(room, { ticket, query: { rewind: 1 } }),
  ];
  expect(first.welcome.user).toMatch(/^guest-/);
  expect(second.welcome.user).toBe(first.welcome.user);
  expect((await requestStream(room, { ticket, query: { member: 1 } })).status).toBe(401);
});

test("TICKET-1 where Authorization is sent too, that counts", async () => {
  const { room, ticket } = await ticketed();
  const ask = (authorization: string) => worker.fetch(room.url("events", { ticket }), { headers: { authorization } });
  for (const wrong of ["Bearer x.y.z", "Basic abc"]) {
    const answer = await ask(wrong);
    expect(answer.status).toBe(401);
    await answer.body?.cancel();
  }
  const bob = await ask(`Bearer ${await tokenFor("bob")}`);
  const [reader, decoder] = [bob.body?.getReader(), new TextDecoder()];
  let text = "";
  while (!text.includes("welcome")) text += decoder.decode((await reader?.read())?.value);
  expect(text).toContain('"user":"bob"');
  await reader?.cancel();
});

test("TICKET-1 AUTH-1 on any other route it is no credential, in the URL or as a token", async () => {
  const { room, ticket } = await ticketed();
  const routes = app.routes.filter(({ method, path }) => method !== "ALL" && !/health|guests|events/.test(path));
  expect(routes.length).toBeGreaterThan(10);
  for (const { method, path } of routes) {
    const url = `https://edge.test${path.replace(":id", room.id)}`;
    const json = method === "GET" ? {} : { "content-type": "application/json" };
    const upgrade = path.endsWith("connect") ? { upgrade: "websocket" } : {};
    const body = JSON.stringify({ channel: channelOf(room), channels: [channelOf(room)], event: "e", data: 1 });
    for (const [query, headers] of [
      [`?ticket=${ticket}`, {}],
      ["", { authorization: `Bearer ${ticket}` }],
    ] as const) {
      const init = { method, headers: { ...json, ...upgrade, ...headers } };
      const answer = await worker.fetch(url + query, method === "GET" ? init : { ...init, body });
      const text = await answer.text();
      // Of many channels each speaks for itself.
      const { code, results } = JSON.parse(text);
      expect(code ?? results[channelOf(room)].code, `${method} ${path}${query.slice(0, 8)}`).toBe("unauthenticated");
    }
  }
});

test("TICKET-1 S1 a token is no ticket, whichever key signed it", async () => {
  const room = new Room("keys");
  const secrets = readSecrets(env) as Secrets;
  const claims = {
    sub: "ann",
    exp: 4e9,
    capabilities: { "*": ["*"] },
    user: "ann",
    kind: "user",
    channel: channelOf(room),
    operations: 255,
    expires: 4e12,
  };
  const sign = async (key: Uint8Array | string) => {
    const bytes = typeof key === "string" ? new TextEncoder().encode(key) : key;
    const { CompactSign } = await import("jose");
    return new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
      .setProtectedHeader({ alg: "HS256" })
      .sign(bytes);
  };
  const [ticketKey] = await derivedKeys(secrets, "ticket");
  const [guestKey] = await derivedKeys(secrets, "guest");
  for (const ticket of [
    await tokenFor("ann"),
    env.API_KEY,
    await sign(env.AUTH_SECRET),
    await sign(env.API_KEY),
    await sign(guestKey as Uint8Array),
  ])
    expect((await requestStream(room, { ticket })).status).toBe(401);
  expect((await requestStream(room, { token: await sign(ticketKey as Uint8Array) })).status).toBe(401);
});

test.each<[string, (ticket: string) => string]>([
  ["empty", () => "ticket="],
  ["cut", (ticket) => `ticket=${ticket.slice(0, -1)}`],
  ["given twice", (ticket) => `ticket=${ticket}&ticket=${ticket}`],
  ["another's name", (ticket) => `Ticket=${ticket}`],
  ["in a list", (ticket) => `ticket=${ticket},${ticket}`],
  ["a thousand times as long", (ticket) => `ticket=${ticket}${"x".repeat(6000)}`],
])("TICKET-1 AUTH-4 is refused: %s", async (what, query) => {
  const { room, ticket } = await ticketed();
  const answer = await worker.fetch(`${room.url("events")}${query(ticket)}`);
  expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual(
    what === "given twice" ? [400, "bad_request"] : [401, "unauthenticated"],
  );
});

test("LOG-1 no line holds a ticket, nor what it says", async () => {
  const written: string[] = [];
  const note = (line: string) => void written.push(line);
  for (const way of ["log", "error", "warn"] as const) vi.spyOn(console, way).mockImplementation(note);
  const room = new Room("secret");
  const { ticket } = await ticketFor({ for: channelOf(room), token: await tokenFor("secret-user") });
  await openStream(room, { ticket });
  await room.call("DELETE", "connections");
  await (await requestStream(new Room("other"), { ticket })).body?.cancel();
  await (await requestStream(room, { ticket: `${ticket}x` })).body?.cancel();
  vi.restoreAllMocks();
  expect(written.length).toBeGreaterThanOrEqual(3);
  for (const secret of [ticket.slice(0, 20), ticket.slice(-20), "secret-user", room.id])
    expect(written.join("\n")).not.toContain(secret);
});
