import { expect, it } from "vitest";
import { assertExactlyOnce } from "../support/chain.ts";
import { told, usersIn } from "../support/presence.ts";
import { uniqueRoom } from "../support/service.ts";
import { useSharedService } from "../support/shared-service.ts";

const service = useSharedService();
const every = 1_000;
/** An object without work leaves memory after ten seconds: two more to be sure of it. */
const beats = 12;

it("HEART-1 a room left alone with its heartbeats goes on where it was: sockets, numbers, members", async () => {
  const room = uniqueRoom("idle");
  const options = { heartbeat: every };
  const alice = await service.join("alice", room, { presence: "members" }, options);
  const bob = await service.join("bob", room, { echo: 0, acks: "batch" }, options);
  const first = await alice.request({ type: "publish", id: "before", data: 1 });
  await bob.until(({ messages }) => messages.length === 1, "the first message");
  await alice.until(({ messages }) => messages.length === 1, "her own message: the ack comes before it");
  const framesBefore = alice.frames.length;

  const idle = [alice, bob].map((client) => {
    const goal = client.pongs + beats;
    return client.until(({ pongs }) => pongs >= goal, `${beats} heartbeats`, 2 * beats * every);
  });
  await Promise.all(idle);
  expect([alice.isOpen, bob.isOpen, alice.frames.length]).toEqual([true, true, framesBefore]);

  const second = await bob.request({ type: "publish", data: 2 });
  await alice.until(({ messages }) => messages.length === 2, "the second message");
  expect([first.seq, second.seq]).toEqual([1, 2]);
  expect(alice.messages.map(({ user }) => user)).toEqual(["alice", "bob"]);
  // What a connection asked for at its beginning still holds.
  expect(bob.framesOf("acks")).toHaveLength(1);
  expect(bob.messages).toHaveLength(1);
  const again = await alice.request({ type: "publish", id: "before", data: 1 });
  expect(again).toMatchObject({ seq: 1, duplicate: true });
  const back = await alice.resume();
  expect(back.welcome).toMatchObject({ resume: "live", cursor: second.cursor });
  expect(await usersIn(service, room)).toEqual(["alice", "bob"]);
  await bob.close();
  await alice.until(() => told(alice, "left").includes("bob"), "bob left");
  expect(told(alice, "left")).toEqual(["bob"]);
  assertExactlyOnce(alice.chain);
});
