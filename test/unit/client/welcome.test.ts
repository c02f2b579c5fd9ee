import { expect, test } from "vitest";
import { welcomeOf } from "../../support/fake-service.ts";
import { fakeWebSocket } from "../../support/fake-socket.ts";
import { SdkWorld } from "../../support/sdk.ts";

test("whoever hears that it is connected finds what the welcome has brought", async () => {
  const world = new SdkWorld();
  const members = [{ user: "bob", data: null, since: 0, connections: 1 }];
  const WebSocket = fakeWebSocket((socket) => {
    world.clock.setTimeout(() => {
      socket.open();
      socket.message(
        JSON.stringify({ ...welcomeOf({ user: "alice" }, "k3f9x2ab-7"), presence: { count: 5, members } }),
      );
    }, 5);
    return { fromClient: () => {}, closedByClient: () => {} } as never;
  });
  const { room } = world.room({ presence: "members" }, { WebSocket });
  expect([room.user, room.cursor, room.count]).toEqual([null, null, null]);
  const seen: unknown[] = [];
  room.on("state", ({ name }) => seen.push([name, room.user, room.cursor, room.count, room.members.length]));
  await world.clock.advance(100);
  expect(seen).toEqual([["connected", "alice", "k3f9x2ab-7", 5, 1]]);
});
