import { expect, onTestFinished, test } from "vitest";
import { hooks } from "../../../src/hooks.ts";
import { type Cursor, parseCursor } from "../../../src/protocol/cursor.ts";
import { intercept } from "../support/calls.ts";
import { type Client, connect } from "../support/client.ts";
import { Relay } from "../support/relay.ts";
import { Room } from "../support/room.ts";

const dataOf = (client: Client): unknown[] =>
  client.framesOf("messages").flatMap(({ messages }) => messages.map(({ data }: { data: unknown }) => data));

const cursorOf = (text: string) => parseCursor(text) as Cursor;

const has = (client: Client, count: number) => client.until(() => client.seqs.length >= count, `${count} messages`);

/** Connections to the room itself and to two relays of it. */
async function three(room: Room): Promise<[Client, Client, Client]> {
  return [
    await connect(room, { user: "here" }),
    await new Relay(room, 0).connect("alice"),
    await new Relay(room, 1).connect("bob"),
  ];
}

test("RELAY-1 RELAY-2 what anybody publishes reaches all, wherever they are connected, in one order", async () => {
  const room = new Room("lobby");
  const all = await three(room);
  const [here, alice, bob] = all;
  expect(await alice.request({ type: "publish", data: "a", id: "1" })).toMatchObject({ type: "ack", seq: 1, id: "1" });
  expect(await bob.request({ type: "publish", data: "b" })).toMatchObject({ type: "ack", seq: 2 });
  expect(await here.request({ type: "publish", data: "h" })).toMatchObject({ type: "ack", seq: 3 });
  expect((await room.publish({ data: "http" })).status).toBe(201);
  for (const client of all) await has(client, 4);
  for (const client of all)
    expect([client.seqs, dataOf(client)]).toEqual([
      [1, 2, 3, 4],
      ["a", "b", "h", "http"],
    ]);
  expect(alice.texts.filter((text) => text.includes("messages"))).toEqual(
    bob.texts.filter((text) => text.includes("messages")),
  );
  expect(alice.welcome).toMatchObject({ channel: room.address, resume: "live", user: "alice" });
});

test("RELAY-2 whoever comes later begins where they ask to, wherever they were before", async () => {
  const room = new Room("lobby");
  await room.fill(150, 100);
  const relay = new Relay(room);
  const rewinding = await relay.connect("alice", { start: { kind: "rewind", count: 20 } });
  await has(rewinding, 20);
  expect(rewinding.seqs[0]).toBe(131);
  const head = rewinding.welcome.cursor as string;
  const { epoch } = cursorOf(head);
  const resuming = await relay.connect("bob", { start: { kind: "after", cursor: { epoch, seq: 3 } } });
  await has(resuming, 147);
  expect([resuming.welcome.resume, resuming.seqs.length, resuming.seqs[0]]).toEqual(["replay", 147, 4]);
  // What was acknowledged elsewhere is there for whoever comes, however fast.
  const other = await new Relay(room, 1).connect("carol");
  const { cursor } = await other.request({ type: "publish", data: 1 });
  const back = await relay.connect("carol", { start: { kind: "after", cursor: cursorOf(cursor) } });
  expect(back.welcome).toMatchObject({ cursor, resume: "live" });
});

test("RELAY-5 a gap is told at a relay exactly where the room would tell it", async () => {
  const room = new Room("lobby");
  await room.fill(5);
  const relay = new Relay(room);
  const stranger = { kind: "after", cursor: { epoch: "aaaaaaaaaaaa", seq: 3 } } as const;
  const client = await relay.connect("alice", { start: stranger });
  await has(client, 5);
  expect(client.framesOf("gap")).toMatchObject([{ after: "aaaaaaaaaaaa-3", reason: "epoch" }]);
  expect(client.seqs).toEqual([1, 2, 3, 4, 5]);
  const { epoch } = cursorOf(client.welcome.cursor);
  const ahead = await relay.connect("bob", { start: { kind: "after", cursor: { epoch, seq: 50 } } });
  await has(ahead, 5);
  expect(ahead.framesOf("gap")).toMatchObject([{ reason: "ahead" }]);
});

test("RELAY-3 echo, errors, acknowledgements and duplicates are as at the room", async () => {
  const room = new Room("lobby");
  const relay = new Relay(room);
  const quiet = await relay.connect("alice", { echo: false, acks: "batch" });
  const other = await relay.connect("bob");
  const answers = await quiet.pipeline([
    { type: "publish", data: 1, id: "x" },
    { type: "publish", data: 1, id: "x" },
    { type: "publish", data: 2, id: "x" },
    { type: "publish", data: "y".repeat(70_000) },
    { type: "publish", data: 3 },
  ]);
  expect(answers).toMatchObject([
    { seq: 1 },
    { seq: 1, duplicate: true },
    { code: "id_conflict" },
    { code: "too_large" },
    { seq: 2 },
  ]);
  expect(answers[0]).not.toHaveProperty("duplicate");
  await other.request({ type: "publish", data: 4 });
  await has(other, 3);
  await has(quiet, 1);
  expect([dataOf(quiet), dataOf(other)]).toEqual([[4], [1, 3, 4]]);
});

test("RELAY-3 who leaves is acknowledged everything before", async () => {
  const room = new Room("lobby");
  const client = await new Relay(room).connect("alice");
  for (const n of [1, 2, 3]) client.send({ type: "publish", data: n, ref: `p${n}` });
  client.send({ type: "leave", ref: "bye" });
  client.send({ type: "publish", data: "too late", ref: "late" });
  expect(await client.ended()).toMatchObject({ code: 1000 });
  expect(client.answers().map(({ ref }) => ref)).toEqual(["p1", "p2", "p3", "bye"]);
  const { body } = await room.call("GET", "messages");
  expect(body.messages.map(({ data }: { data: unknown }) => data)).toEqual([1, 2, 3]);
});

test("RELAY-4 a signal reaches everybody else once, wherever they are", async () => {
  const room = new Room("lobby");
  const all = await three(room);
  const [here, alice, bob] = all;
  alice.send({ type: "signal", event: "typing", data: { on: true }, key: "k" });
  here.send({ type: "signal", event: "typing", data: 2 });
  await bob.until(() => bob.framesOf("signals").flatMap(({ signals }) => signals).length >= 2, "two signals");
  await alice.request({ type: "publish", data: "end" });
  for (const client of all) await has(client, 1);
  const heard = (client: Client) =>
    client.framesOf("signals").flatMap(({ signals }) => signals.map((signal: { user: string }) => signal.user));
  expect([heard(here), heard(alice), heard(bob).sort()]).toEqual([["alice"], ["here"], ["alice", "here"]]);
  expect(bob.framesOf("signals").flatMap(({ signals }) => signals)).toContainEqual(
    expect.objectContaining({ connection: alice.welcome.connection, data: { on: true }, key: "k" }),
  );
});

test("RELAY-3 history and publishing over HTTP for a relay's connection", async () => {
  const room = new Room("lobby");
  const relay = new Relay(room);
  await room.fill(30);
  const client = await relay.connect("alice", { echo: false });
  const page = await client.request({ type: "history", limit: 2, order: "desc" });
  expect(page.messages.map(({ seq }: { seq: number }) => seq)).toEqual([30, 29]);
  const identity = { user: "alice", kind: "guest", operations: 63, issuedAt: null, expires: null, info: null } as const;
  const drafts = [1, 2].map((n) => ({ id: `h${n}`, event: "message", data: n, user: "alice" }));
  const outcome = await relay.stub.publish(identity, drafts, client.welcome.connection);
  expect(outcome).toMatchObject({
    ok: true,
    value: { isNew: true, results: [expect.stringContaining('"seq":31'), expect.any(String)] },
  });
});

test("RELAY-5 what is older is fetched in pages, by whoever asks first, and serves all who come after", async () => {
  const room = new Room("lobby");
  await room.fill(300, 10_000);
  const relay = new Relay(room);
  const pages = intercept(room, "logBefore", ({ proceed }) => proceed());
  const starts = [200, 300, 250].map((count) => ({ kind: "rewind", count }) as const);
  const clients = await Promise.all(starts.map((start, index) => relay.connect(`u${index}`, { start })));
  for (const [index, client] of clients.entries()) await has(client, starts[index]?.count as number);
  expect(clients.map(({ seqs }) => [seqs[0], seqs.length])).toEqual([
    [101, 200],
    [1, 300],
    [51, 250],
  ]);
  expect(pages.count).toBe(4); // where it stands, and three of a MiB
  await relay.hibernate();
  const later = await relay.connect("later", { start: { kind: "rewind", count: 300 } });
  await has(later, 300);
  expect(pages.count).toBe(4);
});

test("RELAY-3 HOOK-1 the application is asked once about a message, at the relay", async () => {
  let calls = 0;
  hooks.beforePublish = ({ event, data }, { user }) => {
    calls++;
    return data === "no" ? { refuse: "not that" } : { event, data: [data, user] };
  };
  onTestFinished(() => {
    delete hooks.beforePublish;
  });
  const client = await new Relay(new Room("lobby")).connect("alice");
  const answers = await client.pipeline([
    { type: "publish", data: "yes", id: "1" },
    { type: "publish", data: "no" },
    { type: "publish", data: "yes", id: "1" },
  ]);
  await has(client, 1);
  expect(answers).toMatchObject([{ seq: 1 }, { code: "forbidden" }, { seq: 1, duplicate: true }]);
  expect([dataOf(client), calls]).toEqual([[["yes", "alice"]], 3]);
});
