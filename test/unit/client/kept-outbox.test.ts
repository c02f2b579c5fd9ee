import { describe, expect, test } from "vitest";
import { environmentWith } from "../../../src/client/environment.ts";
import { keptOutbox } from "../../../src/client/kept-outbox.ts";
import { tokenOf } from "../../support/fake-service.ts";
import { FakeStore, outcomeOf, SdkWorld } from "../../support/sdk.ts";
import { settle } from "../../support/virtual-clock.ts";

const draft = (id: string) => ({ id, event: "message", data: id });

describe("what is kept", () => {
  test("in order, written once for a whole turn, gone when all is settled", async () => {
    const store = new FakeStore();
    let writes = 0;
    store.setItem = (key, value) => {
      writes++;
      store.set(key, value);
    };
    const environment = environmentWith({ storage: store });
    const kept = keptOutbox(environment, "key");
    for (const left of [[draft("a")], [draft("a"), draft("b")]]) kept.save("alice", () => left);
    await settle();
    expect(writes).toBe(1);
    const next = keptOutbox(environment, "key");
    expect([next.user, next.drafts]).toEqual(["alice", [draft("a"), draft("b")]]);
    for (const left of [[draft("b")], []]) kept.save("alice", () => left);
    await settle();
    expect([writes, store.size]).toEqual([1, 0]);
  });

  test.each(["", "{", "[]", "7", '{"drafts":7}', '{"drafts":[{}, null, {"id":1,"event":"e","data":1}]}'])(
    "what is no outbox is none: %s",
    (text) => {
      const store = new FakeStore();
      store.set("key", text);
      expect(keptOutbox(environmentWith({ storage: store }), "key").drafts).toEqual([]);
    },
  );
});

describe("the outbox over a reload", () => {
  const kept = { outbox: { persist: true } };

  test("C3 what was not acknowledged is sent by the next page, once, with the same ids", async () => {
    const world = new SdkWorld();
    world.service.isDown = true;
    const first = world.room({}, kept);
    for (const n of [1, 2]) void first.room.publish(n, { id: `id-${n}` });
    await world.clock.advance(1000);
    // The page is gone without a word; and the first had arrived.
    world.service.isDown = false;
    world.service.log.append("alice", { id: "id-1", event: "message", data: 1 }, 0);
    const { room } = world.room({}, kept);
    await world.clock.advance(1000);
    expect(world.service.log.messages.map(({ id }) => id)).toEqual(["id-1", "id-2"]);
    expect(world.storage.getItem("edgewire.outbox /v1/rooms/lobby")).toBe(null);
    room.leave();
  });

  test("another user does not send it", async () => {
    const world = new SdkWorld();
    const before = world.room({}, kept);
    await world.clock.advance(100);
    world.service.isDown = true;
    world.service.cut();
    await world.clock.advance(100);
    void before.room.publish("secret");
    await world.clock.advance(1000);
    expect(world.storage.getItem("edgewire.outbox /v1/rooms/lobby")).toContain("secret");
    world.service.isDown = false;
    const bob = world.room({}, { ...kept, token: async () => tokenOf("bob", world.clock.now() + 1e6) });
    await world.clock.advance(10);
    expect(world.service.log.messages.filter(({ user }) => user === "bob")).toEqual([]);
    bob.room.leave();
  });

  test("a storage that throws only forgets", async () => {
    const world = new SdkWorld();
    const broken = () => {
      throw new Error("QuotaExceededError");
    };
    const storage = { getItem: broken, setItem: broken, removeItem: broken };
    const { room } = world.room({}, { ...kept, storage });
    const outcome = outcomeOf(room.publish(1));
    await world.clock.advance(1000);
    expect(outcome.settled).toBe(1);
  });
});

test("what an earlier page left goes before what this one publishes, and stays its user's until one is known", async () => {
  const world = new SdkWorld();
  const key = "edgewire.outbox /v1/rooms/lobby";
  world.storage.setItem(key, JSON.stringify({ user: "alice", drafts: [draft("old")] }));
  world.service.isDown = true;
  const { room } = world.room({}, { outbox: { persist: true } });
  void room.publish("new", { id: "new" });
  await world.clock.advance(1000);
  expect(JSON.parse(world.storage.getItem(key) ?? "")).toEqual({ user: "alice", drafts: [draft("old"), draft("new")] });
  world.service.isDown = false;
  await world.clock.advance(20_000);
  expect(world.service.log.messages.map(({ id }) => id)).toEqual(["old", "new"]);
  room.leave();
});
