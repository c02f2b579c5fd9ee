import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { Edgewire, type Room, type TransportName } from "../../src/client/index.ts";
import { type Server, startServer } from "../support/server.ts";
import { claimsOf, seconds, sign } from "../support/tokens.ts";
import { until } from "../support/until.ts";

const AUTH_SECRET = "e2e-auth-secret-of-more-than-32-bytes";
const TRANSPORTS = [
  ["websocket", "a connection each"],
  ["sse", "a connection each"],
  ["poll", "a connection each"],
  ["websocket", "one connection for all"],
  ["sse", "one connection for all"],
  ["poll", "one connection for all"],
] as const;

let server: Server;
const wires: Edgewire[] = [];

beforeAll(async () => {
  server = await startServer({ vars: { AUTH_SECRET, PRESENCE_GRACE: "200", POLL_GRACE: "500" } });
});
afterEach(() => {
  for (const wire of wires.splice(0)) wire.close();
});
afterAll(async () => {
  await server?.stop();
});

function wireOf(user: string, transport: TransportName, operations = ["*"], multiplex = false): Edgewire {
  const claims = claimsOf(user, { "room:*": operations }, { iat: seconds() - 1 });
  const token = () => sign({ claims, secret: AUTH_SECRET });
  const wire = new Edgewire({ url: () => server.url, token, transports: [transport], storage: null, multiplex });
  wires.push(wire);
  return wire;
}

const connected = (...rooms: Room[]) =>
  until(() => rooms.every(({ state }) => state.name === "connected"), {
    what: () => `connected: ${JSON.stringify(rooms.map(({ state }) => state))}`,
  });

describe.each(TRANSPORTS)("over %s, %s", (transport, how) => {
  const multiplex = how !== "a connection each";
  /** Polls of many rooms bring their messages. */
  const bringsAll = !multiplex || transport !== "poll";
  const nameOf = (name: string) => `${name}-${transport}-${multiplex}`;
  const wired = (user: string, operations?: string[]) => wireOf(user, transport, operations, multiplex);

  test.runIf(bringsAll)("who is there is known, and who came and went is told", async () => {
    const alice = wired("alice").room(nameOf("presence"), {
      presence: "members",
      data: { at: "home" },
    });
    await connected(alice);
    const bob = wired("bob").room(nameOf("presence"), { presence: "members" });
    const told: string[] = [];
    alice.on("presence", ({ joined, left }) => {
      told.push(...joined.map(({ user }) => `+${user}`), ...left.map(({ user }) => `-${user}`));
    });
    await until(() => alice.count === 2 && bob.count === 2, {
      what: () => `both are there: ${alice.count} ${bob.count}`,
    });
    expect(bob.members.map(({ user, data }) => [user, data])).toEqual([
      ["alice", { at: "home" }],
      ["bob", null],
    ]);
    bob.leave();
    // Over HTTP there is no word for it: it is seen when the edge next writes to him and fails.
    if (transport !== "websocket") return expect(told).toEqual(["+bob"]);
    await until(() => alice.count === 1, { what: () => `bob has left: ${JSON.stringify(alice.members)}` });
    expect(told).toEqual(["+bob", "-bob"]);
    expect(alice.members.map(({ user }) => user)).toEqual(["alice"]);
  });

  test("without the right to be a member one only watches", async () => {
    const room = wired("carol", ["subscribe", "publish", "history"]).room(nameOf("watch"));
    await connected(room);
    expect((await room.publish("hi")).seq).toBe(1);
  });

  test("the last messages first, a page of those before, and on from a cursor", async () => {
    const name = nameOf("rewind");
    const writer = wireOf("bob", "websocket").room(name);
    for (let n = 1; n <= 6; n++) await writer.publish(n);
    const heard: unknown[] = [];
    const room = wired("alice").room(name, { rewind: 2 });
    room.on("message", ({ data }) => void heard.push(data));
    await until(() => heard.length === 2, { what: () => `two are heard: ${heard}` });
    expect(heard).toEqual([5, 6]);
    const page = await room.history({ before: `${room.cursor?.split("-")[0]}-5`, limit: 2 });
    expect(page.messages.map(({ data }) => data)).toEqual([3, 4]);
    room.leave();
    await writer.publish(7);
    const next: unknown[] = [];
    const again = wired("alice").room(name, { after: room.cursor as string });
    again.on("message", ({ data }) => void next.push(data));
    await until(() => next.length > 0, { what: "the next is heard" });
    expect(next).toEqual([7]);
  });

  test.runIf(bringsAll)("signals reach the others, and the inbox counts what is unread", async () => {
    const alice = wired("alice").room(nameOf("signals"));
    const bob = wired("bob").room(nameOf("signals"));
    const inbox = wired(nameOf("dora")).user();
    await connected(alice, bob, inbox as unknown as Room);
    const events: string[] = [];
    bob.on("signal", ({ event, user }) => void events.push(`${user} ${event}`));
    await until(
      () => {
        alice.signal("typing", { now: true });
        return events.length > 0;
      },
      { what: "the signal is heard", every: 100 },
    );
    expect(events[0]).toBe("alice typing");
    expect(inbox.unreadCount).toBe(0);
    expect(await inbox.read()).toBe(0);
  });
});

// Over all transports: sdk.test.ts, and on one connection many.test.ts.
test.each([
  ["a connection each", false],
  ["one connection for all", true],
] as const)(
  "%s: rooms have each their own messages, in order, through a restart of the service",
  async (_how, multiplex) => {
    const wire = wireOf("erna", "websocket", ["*"], multiplex);
    const names = Array.from({ length: 12 }, (_, n) => `many-${n}-${multiplex}`);
    const rooms = names.map((name) => wire.room(name));
    const heard = rooms.map((room) => {
      const list: unknown[] = [];
      room.on("message", ({ data }) => void list.push(data));
      return list;
    });
    await connected(...rooms);
    await Promise.all(rooms.map((room, n) => room.publish({ n, before: true })));
    await server.kill();
    const receipts = rooms.map((room, n) => room.publish({ n, before: false }));
    await server.restart();
    await Promise.all(receipts);
    await until(() => heard.every((list) => list.length === 2), {
      what: () => `all: ${JSON.stringify(heard)}`,
      timeout: 60_000,
    });
    expect(heard).toEqual(
      names.map((_, n) => [
        { n, before: true },
        { n, before: false },
      ]),
    );
  },
);
