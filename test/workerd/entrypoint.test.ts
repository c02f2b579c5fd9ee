import { exports } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import type { ServerCalls } from "../../src/server/index.ts";
import { connect } from "./support/client.ts";
import { refusalOf } from "./support/refusal.ts";
import { Room } from "./support/room.ts";

/** As another Worker of the account has it, over a service binding. */
const edgewire = (exports as unknown as { EdgewireEntrypoint: ServerCalls }).EdgewireEntrypoint;

describe("a service binding", () => {
  test("publishes without a key, for the server or for a user, and tells who reads", async () => {
    const room = new Room("binding");
    const alice = await connect(room, { user: "alice" });
    const receipt = await edgewire.publish(`room:${room.id}`, { n: 1 }, { id: "first", event: "score" });
    expect(receipt).toMatchObject({ seq: 1, id: "first" });
    expect(await edgewire.publish(`room:${room.id}`, { n: 1 }, { id: "first", event: "score" })).toEqual({
      ...receipt,
      duplicate: true,
    });
    await edgewire.publish(`room:${room.id}`, "hello", { user: "bob" });
    const messages = () => alice.frames.flatMap((frame) => (frame.type === "messages" ? frame.messages : []));
    await alice.until(() => messages().length === 2, "both messages");
    expect(messages()).toMatchObject([
      { seq: 1, id: "first", user: "server", event: "score", data: { n: 1 } },
      { seq: 2, user: "bob", event: "message", data: "hello" },
    ]);
    expect(await edgewire.history(`room:${room.id}`, { limit: 1 })).toMatchObject({
      messages: [{ seq: 2 }],
      more: true,
    });
  });

  test("sees who is there, kicks, and logs out", async () => {
    const room = new Room("binding");
    const user = `carol-${room.id}`;
    const token = await edgewire.token(user, { "room:*": ["subscribe", "presence"] }, { info: { name: "Carol" } });
    const carol = await connect(room, { token });
    expect(await edgewire.members(`room:${room.id}`)).toMatchObject({
      count: 1,
      members: [{ user, info: { name: "Carol" } }],
    });
    expect(await edgewire.presence({ users: [user, "nobody"], rooms: [room.id] })).toMatchObject({
      users: { [user]: { online: true }, nobody: { online: false, lastSeen: null } },
      rooms: { [room.id]: { count: 1 } },
    });
    expect(await edgewire.kick(`room:${room.id}`, user)).toBe(1);
    await carol.until(() => carol.closed !== null, "the kick");
    expect(carol.closed).toMatchObject({ code: 4403 });

    const again = await connect(room, { token });
    expect(await edgewire.disconnect(user)).toBe(1);
    await again.until(() => again.closed !== null, "the log-out");
    expect(again.closed).toMatchObject({ code: 4401 });
    expect((await room.call("GET", "presence", { token })).status).toBe(401);
  });

  test("publishes to many, each on its own", async () => {
    const [a, b] = [new Room("binding"), new Room("binding")];
    await edgewire.publish(`room:${b.id}`, "other", { id: "taken" });
    expect(await edgewire.publishMany([`room:${a.id}`, `room:${b.id}`], 1, { id: "taken" })).toMatchObject({
      [`room:${a.id}`]: { seq: 1, id: "taken" },
      [`room:${b.id}`]: { code: "id_conflict" },
    });
  });

  test("what is refused says why, though errors lose their class on the way", async () => {
    const conflict = { id: "taken" };
    const room = new Room("binding");
    await edgewire.publish(`room:${room.id}`, 1, conflict);
    const refused = { name: "EdgewireError", code: "id_conflict", retryable: false };
    expect(await refusalOf(edgewire.publish(`room:${room.id}`, 2, conflict))).toMatchObject(refused);
    expect(await refusalOf(edgewire.publish("lobby", 1))).toMatchObject({ name: "EdgewireError", code: "bad_id" });
  });
});
