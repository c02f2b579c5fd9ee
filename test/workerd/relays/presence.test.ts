import { expect, test } from "vitest";
import { type Client, connect } from "../support/client.ts";
import { Relay } from "../support/relay.ts";
import { Room } from "../support/room.ts";
import { useSettings } from "../support/service.ts";
import { until } from "../support/until.ts";

useSettings({ PRESENCE_GRACE: 200, POLL_GRACE: 200 });

interface Told {
  type: string;
  count: number;
  joined?: { user: string; connections: number; data: unknown }[];
  left?: { user: string }[];
  updated?: { user: string; connections: number; data: unknown }[];
  presence?: { count: number; members: { user: string; connections: number; data: unknown }[] };
}
type View = Record<string, { connections: number; data: unknown }>;

/** What a watcher has been told, folded. */
function shown(client: Client): View {
  const view: View = {};
  for (const frame of client.frames as unknown as Told[]) {
    const { joined = [], updated = [], left = [] } = frame.type === "presence" ? frame : {};
    for (const { user, connections, data } of [...(frame.presence?.members ?? []), ...joined, ...updated])
      view[user] = { connections, data };
    for (const { user } of left) delete view[user];
  }
  return view;
}

async function listed(room: Room): Promise<View> {
  const { body } = await room.call("GET", "presence");
  const members = body.members as { user: string; connections: number; data: unknown }[];
  return Object.fromEntries(members.map(({ user, connections, data }) => [user, { connections, data }]));
}

/** A watcher at the room and one at each of two relays. */
async function watched(name: string) {
  const room = new Room(name);
  const relays = [new Relay(room, 0), new Relay(room, 1)] as const;
  const watchers = [
    await connect(room, { user: "at-room", query: { presence: "members", member: 1 } }),
    await relays[0].connect("at-first", { presence: "members" }),
    await relays[1].connect("at-second", { presence: "members" }),
  ];
  const all = async (view: View) => {
    for (const watcher of watchers) await until(() => said(shown(watcher)) === said(view), said(view));
    expect(await listed(room)).toEqual(view);
  };
  return { room, relays, watchers, all };
}
/** Who is there and what they say of themselves: how many connections they have is not told. */
const said = (view: View) =>
  JSON.stringify(
    Object.entries(view)
      .map(([user, { data }]) => [user, data])
      .toSorted(),
  );

const member = (connections = 1, data: unknown = null) => ({ connections, data });
const OWN = { "at-room": member(), "at-first": member(), "at-second": member() };

test("MEMBER-1 PRESENCE-9 members of all nodes are shown at each, and their joins, data and leaves are told there", async () => {
  const { room, relays, all } = await watched("shared");
  await all(OWN);
  const ann = await relays[1].connect("ann", { presence: "none" });
  await all({ ...OWN, ann: member() });
  const tab = await connect(room, { user: "ann", query: { member: 1 } });
  await all({ ...OWN, ann: member(2) });
  await ann.request({ type: "presence", data: { mood: 1 } });
  await all({ ...OWN, ann: member(2, { mood: 1 }) });
  await ann.request({ type: "leave" });
  await all({ ...OWN, ann: member(1, { mood: 1 }) });
  await tab.request({ type: "leave" });
  await all(OWN);
});

test("MEMBER-1 a relay that comes to a room where somebody watches tells of its members", async () => {
  const room = new Room("watchers");
  const watcher = await new Relay(room, 0).connect("watcher", { presence: "members", member: false });
  const bob = await new Relay(room, 1).connect("bob");
  await until(() => said(shown(watcher)) === said({ bob: member() }), "bob");
  await bob.request({ type: "leave" });
  await until(() => said(shown(watcher)) === said({}), "that bob left");
});

test("MEMBER-4 PRESENCE-3 a list is asked of all nodes, by HTTP and by frame, though nobody watches", async () => {
  const room = new Room("asked");
  const relays = [new Relay(room, 0), new Relay(room, 1)];
  const clients = [];
  for (const [n, relay] of relays.entries())
    for (const user of ["x", "y"]) clients.push(await relay.connect(`${user}-${n}`));
  expect(Object.keys(await listed(room))).toEqual(["x-0", "x-1", "y-0", "y-1"]);
  const page = await (clients[0] as Client).request({ type: "members", limit: 3 });
  expect(page).toMatchObject({ type: "ack", count: 4, next: "y-0" });
  expect((await room.call("GET", "presence", { query: { limit: 0 } })).body.count).toBe(4);
});

test.each(["hibernate", "reset"] as const)(
  "MEMBER-5 after a %s of a relay or the room all are told what is different",
  async (what) => {
    const { room, relays, all } = await watched("sleepers");
    const ann = await relays[0].connect("ann");
    await all({ ...OWN, ann: member() });
    if (what === "reset") {
      // Who was connected to it is gone with it, and leaves after the grace.
      await relays[1].reset();
      const { "at-second": _, ...others } = OWN;
      await until(async () => Object.keys(await listed(room)).length === 3, "the grace");
      expect(await listed(room)).toEqual({ ...others, ann: member() });
      return;
    }
    for (const node of [room, ...relays]) await node.hibernate();
    const bob = await relays[1].connect("bob");
    await all({ ...OWN, ann: member(), bob: member() });
    for (const node of [room, ...relays]) await node.hibernate();
    await ann.request({ type: "leave" });
    await all({ ...OWN, bob: member() });
    await bob.request({ type: "leave" });
    await all(OWN);
  },
);
