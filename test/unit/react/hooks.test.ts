import { createElement as h, StrictMode, useState } from "react";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Edgewire } from "../../../src/client/index.ts";
import {
  type RoomHandle,
  type RoomView,
  type UseRoomOptions,
  useConnection,
  usePresence,
  useRoom,
} from "../../../src/react/index.ts";
import { happens, openPage } from "./dom.ts";
import { type FakeRoom, fakeWire } from "./fake-wire.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
afterEach(() => void vi.useRealTimers());

interface ChatProps {
  readonly wire: Edgewire;
  readonly id?: string;
  readonly options?: UseRoomOptions;
  readonly seen?: RoomView<string>[];
}

function Chat({ wire, id = "lobby", options = {}, seen = [] }: ChatProps) {
  const room = useRoom<string>(wire, id, options);
  seen.push(room);
  return h("p", null, room.messages.map(({ data }) => data).join(","), room.gap === null ? "" : `!${room.gap.reason}`);
}

function People({ room }: { room: RoomHandle }) {
  const { members, count } = usePresence(room);
  return h("p", null, `${count}: ${members.map(({ user }) => user).join(",")}`);
}

function State({ room }: { room: RoomHandle }) {
  return h("p", null, useConnection(room).name);
}

/** Shows and hides what is in the room. */
let toggle = () => {};

function Room({ wire }: { wire: Edgewire }) {
  const room = useRoom(wire, "lobby", { presence: "members" });
  const [isShown, show] = useState(true);
  toggle = () => show((before) => !before);
  return isShown ? [h(People, { room, key: 1 }), h(State, { room, key: 2 })] : null;
}

/** What is due after an unmount. */
const settle = () => happens(() => void vi.runAllTimers());
const first = (rooms: FakeRoom[]) => rooms[0] as FakeRoom;

describe("useRoom", () => {
  test("enters once, shows what comes, and leaves nothing behind", async () => {
    const { wire, rooms } = fakeWire();
    const page = openPage();
    await page.render(h(Chat, { wire, options: { rewind: 10 } }));
    expect(rooms).toHaveLength(1);
    expect(first(rooms)).toMatchObject({ id: "lobby", options: { rewind: 10 } });
    await happens(() => first(rooms).say(1, 2));
    expect(page.text).toBe("hello 1,hello 2");
    await page.unmount();
    await settle();
    expect(first(rooms)).toMatchObject({ hasLeft: true, listening: 0 });
    expect(vi.getTimerCount()).toBe(0);
  });

  test("survives StrictMode, which does everything twice, with one connection that is never left", async () => {
    const { wire, rooms } = fakeWire();
    const page = openPage();
    await page.render(h(StrictMode, null, h(Chat, { wire })));
    await settle();
    expect(rooms).toHaveLength(1);
    expect(first(rooms).hasLeft).toBe(false);
    await happens(() => first(rooms).say(1));
    expect(page.text).toBe("hello 1");
    await page.unmount();
    await settle();
    expect(first(rooms)).toMatchObject({ hasLeft: true, listening: 0 });
    expect(rooms).toHaveLength(1);
  });

  test("renders once for all that comes in one frame, and not at all when nothing changed", async () => {
    const { wire, rooms } = fakeWire();
    const page = openPage();
    const seen: RoomView<string>[] = [];
    await page.render(h(Chat, { wire, seen }));
    const before = seen.length;
    await happens(() => first(rooms).say(...Array.from({ length: 100 }, (_, index) => index + 1)));
    expect(seen.length).toBe(before + 1);
    await happens(() => first(rooms).become({ name: "connected", tries: 0, since: 1, transport: "websocket" }));
    await happens(() => first(rooms).join("bob"));
    expect(seen.length).toBe(before + 1);
    await page.render(h(Chat, { wire, seen }));
    expect(seen.at(-1)).toBe(seen.at(-2));
    await page.unmount();
  });

  test("holds so many messages, the last", async () => {
    const { wire, rooms } = fakeWire();
    const page = openPage();
    await page.render(h(Chat, { wire, options: { keep: 2 } }));
    await happens(() => first(rooms).say(1, 2, 3));
    expect(page.text).toBe("hello 2,hello 3");
    expect(first(rooms).options).toEqual({});
    await page.unmount();
  });

  test("tells of a gap", async () => {
    const { wire, rooms } = fakeWire();
    const page = openPage();
    await page.render(h(Chat, { wire }));
    await happens(() => first(rooms).happen("gap", { after: "k3f9x2ab-1", oldest: null, reason: "epoch" }));
    expect(page.text).toBe("!epoch");
    await page.unmount();
  });

  test("two that want the same share a connection, until the last is gone", async () => {
    const { wire, rooms } = fakeWire();
    const page = openPage();
    await page.render(h("div", null, h(Chat, { wire, key: 1 }), h(Chat, { wire, key: 2 })));
    expect(rooms).toHaveLength(1);
    await happens(() => first(rooms).say(1));
    expect(page.text).toBe("hello 1hello 1");
    await page.render(h("div", null, h(Chat, { wire, key: 2 })));
    await settle();
    expect(first(rooms).hasLeft).toBe(false);
    await page.unmount();
    await settle();
    expect(first(rooms).hasLeft).toBe(true);
  });

  test("another room, or other options, are another connection", async () => {
    const { wire, rooms } = fakeWire();
    const page = openPage();
    await page.render(h(Chat, { wire }));
    await happens(() => first(rooms).say(1));
    await page.render(h(Chat, { wire, id: "other" }));
    await settle();
    expect(rooms.map(({ id, hasLeft }) => ({ id, hasLeft }))).toEqual([
      { id: "lobby", hasLeft: true },
      { id: "other", hasLeft: false },
    ]);
    expect(page.text).toBe("");
    await page.render(h(Chat, { wire, id: "other", options: { rewind: 1 } }));
    await settle();
    expect(rooms.map(({ hasLeft }) => hasLeft)).toEqual([true, true, false]);
    await page.unmount();
  });

  test("who comes back to a room begins anew", async () => {
    const { wire, rooms } = fakeWire();
    const page = openPage();
    for (const expected of [1, 2]) {
      await page.render(h(Chat, { wire, options: { rewind: 5 } }));
      expect(rooms).toHaveLength(expected);
      expect(rooms.at(-1)?.options).toEqual({ rewind: 5 });
      expect(page.text).toBe("");
      await happens(() => rooms.at(-1)?.say(1));
      await page.render(null);
      await settle();
    }
  });

  test("publishes through the room, and says so when there is none", async () => {
    const { wire, rooms } = fakeWire();
    const page = openPage();
    const seen: RoomView<string>[] = [];
    await page.render(h(Chat, { wire, seen }));
    const { publish } = seen[0] as RoomView<string>;
    await publish("hello", { event: "said" });
    expect(first(rooms).published).toEqual([["hello", { event: "said" }]]);
    expect(seen.at(-1)?.room).toBe(rooms[0]);
    expect(seen.at(-1)?.publish).toBe(publish);
    await page.unmount();
    await settle();
    await expect(publish("too late")).rejects.toMatchObject({ code: "closed" });
  });
});

describe("what is in a room", () => {
  test("usePresence and useConnection follow it, over the same connection", async () => {
    const { wire, rooms } = fakeWire();
    const page = openPage();
    await page.render(h(StrictMode, null, h(Room, { wire })));
    expect(page.text).toBe("null: connecting");
    await happens(() => first(rooms).join("alice", "bob"));
    await happens(() => first(rooms).become({ name: "connected", tries: 0, since: 1, transport: "websocket" }));
    expect(page.text).toBe("2: alice,bobconnected");
    await happens(() => toggle());
    await happens(() => first(rooms).join("alice"));
    await happens(() => first(rooms).become({ name: "closed", code: 4403, reason: "forbidden" }));
    await happens(() => toggle());
    expect(page.text).toBe("1: aliceclosed");
    expect(rooms).toHaveLength(1);
    await page.unmount();
    await settle();
    expect(first(rooms).listening).toBe(0);
  });
});

test("on a server everything is empty, and no connection is made", async () => {
  const { renderToString } = await import("react-dom/server");
  const { wire, rooms } = fakeWire();
  expect(renderToString(h(Chat, { wire }))).toBe("<p></p>");
  expect(rooms).toEqual([]);
});
