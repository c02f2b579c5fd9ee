import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { Edgewire, type Room, type TransportName } from "../../src/client/index.ts";
import { type Server, startServer } from "../support/server.ts";
import { claimsOf, seconds, sign } from "../support/tokens.ts";
import { until } from "../support/until.ts";

const AUTH_SECRET = "e2e-auth-secret-of-more-than-32-bytes";
const TRANSPORTS: readonly TransportName[] = ["websocket", "sse", "poll"];

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

function wireOf(user: string, transport: TransportName, operations = ["*"]): Edgewire {
  const claims = claimsOf(user, { "room:*": operations }, { iat: seconds() - 1 });
  const token = () => sign({ claims, secret: AUTH_SECRET });
  const wire = new Edgewire({ url: () => server.url, token, transports: [transport], storage: null });
  wires.push(wire);
  return wire;
}

const connected = (...rooms: Room[]) =>
  until(() => rooms.every(({ state }) => state.name === "connected"), {
    what: () => `connected: ${JSON.stringify(rooms.map(({ state }) => state))}`,
  });

describe.each(TRANSPORTS)("over %s", (transport) => {
  test("who is there is known, and who came and went is told", async () => {
    const alice = wireOf("alice", transport).room(`presence-${transport}`, {
      presence: "members",
      data: { at: "home" },
    });
    await connected(alice);
    const bob = wireOf("bob", transport).room(`presence-${transport}`, { presence: "members" });
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
    const room = wireOf("carol", transport, ["subscribe", "publish", "history"]).room(`watch-${transport}`);
    await connected(room);
    expect((await room.publish("hi")).seq).toBe(1);
  });

  test("the last messages first, a page of those before, and on from a cursor", async () => {
    const name = `rewind-${transport}`;
    const writer = wireOf("bob", "websocket").room(name);
    for (let n = 1; n <= 6; n++) await writer.publish(n);
    const heard: unknown[] = [];
    const room = wireOf("alice", transport).room(name, { rewind: 2 });
    room.on("message", ({ data }) => void heard.push(data));
    await until(() => heard.length === 2, { what: () => `two are heard: ${heard}` });
    expect(heard).toEqual([5, 6]);
    const page = await room.history({ before: `${room.cursor?.split("-")[0]}-5`, limit: 2 });
    expect(page.messages.map(({ data }) => data)).toEqual([3, 4]);
    room.leave();
    await writer.publish(7);
    const next: unknown[] = [];
    const again = wireOf("alice", transport).room(name, { after: room.cursor as string });
    again.on("message", ({ data }) => void next.push(data));
    await until(() => next.length > 0, { what: "the next is heard" });
    expect(next).toEqual([7]);
  });

  test("signals reach the others, and the inbox counts what is unread", async () => {
    const alice = wireOf("alice", transport).room(`signals-${transport}`);
    const bob = wireOf("bob", transport).room(`signals-${transport}`);
    const inbox = wireOf(`dora-${transport}`, transport).user();
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
