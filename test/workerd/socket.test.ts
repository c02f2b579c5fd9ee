import { expect, test } from "vitest";
import { connect, handshake } from "./support/client.ts";
import { Room } from "./support/room.ts";
import { tokenFor } from "./support/service.ts";

test("HEART-1 ping is answered pong and wakes nothing", async () => {
  const room = new Room("ping");
  const bob = await connect(room, { user: "bob" });
  await room.hibernate();
  for (let n = 1; n <= 3; n++) {
    bob.send("ping");
    await bob.until(() => bob.pongs === n, "a pong");
  }
  expect(await room.wasAsleep()).toBe(true);
  await bob.drained();
  expect(await room.wasAsleep()).toBe(false);
});

test("HEART-1 of an object that is awake, ping reaches no handler either", async () => {
  const room = new Room("ping");
  const bob = await connect(room, { user: "bob" });
  const handled = await room.inside((object) => {
    const messages: unknown[] = [];
    const handle = object.webSocketMessage.bind(object);
    object.webSocketMessage = (socket, message) => {
      messages.push(message);
      handle(socket, message);
    };
    return messages;
  });
  bob.send("ping");
  await bob.until(() => bob.pongs === 1, "a pong");
  await bob.drained();
  expect(handled).toHaveLength(1);
});

test("CONNECT-1 no compression is agreed on, whatever is offered", async () => {
  const answer = await handshake(new Room("deflate"), {
    headers: { "sec-websocket-extensions": "permessage-deflate; client_max_window_bits" },
  });
  expect(answer.status).toBe(101);
  expect(answer.headers.get("sec-websocket-extensions")).toBeNull();
  expect(answer.webSocket?.extensions ?? "").toBe("");
  answer.webSocket?.accept();
  answer.webSocket?.close();
});

test.each([1000, 1001, 1002, 1003, 1007, 1008, 1009, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999])(
  "CODE-1 a Close with %i is answered with the same",
  async (code) => {
    const bob = await connect(new Room("close"), { user: "bob" });
    expect(await bob.close(code, "because")).toEqual({ code, reason: "" });
  },
);

test.each([false, true])("CODE-1 a Close without a code is answered with 1000 (asleep before: %s)", async (asleep) => {
  const room = new Room("close");
  const bob = await connect(room, { user: "bob" });
  if (asleep) await room.hibernate();
  expect((await bob.close()).code).toBe(1000);
});

test("CODE-1 a close that the server began is over when the client has answered, and reached no other", async () => {
  const room = new Room("close");
  const ann = await connect(room, { user: "ann", query: { presence: "members" } });
  const bob = await connect(room, { user: "bob" });
  await bob.request({ type: "leave" });
  expect(await bob.ended()).toEqual({ code: 1000, reason: "" });
  await ann.drained();
  expect(ann.framesOf("presence").map(({ count }) => count)).toEqual([2, 1]);
  expect(await room.inside((_, state) => state.getWebSockets().length)).toBe(1);
});

test("PRESENCE-5 a Close with 1000 is a leave, one without a code is not", async () => {
  const room = new Room("close");
  const ann = await connect(room, { user: "ann", query: { presence: "members" } });
  const [bob, carol] = [await connect(room, { user: "bob" }), await connect(room, { user: "carol" })];
  await carol.close();
  await bob.close(1000);
  await ann.drained();
  expect(ann.framesOf("presence").at(-1)).toEqual({ type: "presence", count: 2, left: [{ user: "bob" }] });
});

test("RESUME-2 what a socket carries through a hibernation stays below 2 KiB, whatever it was asked to carry", async () => {
  const room = new Room("x".repeat(119));
  await room.fill(600, 1000);
  const { body } = await room.call("GET", "messages", { query: { limit: 1 } });
  const user = "u".repeat(128);
  const info = { name: "n".repeat(1000) };
  const token = await tokenFor(user, { info, capabilities: { "*": ["*"] } });
  const query = {
    after: body.cursor.replace(/\d+$/, "0"),
    presence: "members",
    member: 1,
    data: JSON.stringify("d".repeat(1000)),
    echo: 0,
    acks: "batch",
  };
  const client = await connect(room, { token, query });
  const [attachment] = await room.inside((_, state) =>
    state.getWebSockets().map((socket) => JSON.stringify(socket.deserializeAttachment())),
  );
  expect(client.welcome.resume).toBe("replay");
  expect(attachment).toContain(user);
  expect(attachment?.length).toBeLessThan(2048);
});

test("CODE-1 a socket whose attachment cannot be understood is closed 1012, and its client comes back", async () => {
  const room = new Room("version");
  const bob = await connect(room, { user: "bob" });
  const ann = await connect(room, { user: "ann" });
  await room.inside((_, state) => {
    for (const socket of state.getWebSockets()) {
      const attachment = socket.deserializeAttachment();
      if (attachment.user === "bob") socket.serializeAttachment({ ...attachment, version: 999 });
    }
  });
  await room.hibernate();
  await room.wake();
  expect(await bob.ended()).toEqual({ code: 1012, reason: "resume" });
  await ann.drained();
  expect(ann.closed).toBeNull();
});
