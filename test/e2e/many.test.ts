import { expect, it } from "vitest";
import { WebSocket } from "ws";
import { channelUrl } from "../support/channel-url.ts";
import { type Line, ManyFollower } from "../support/many-follower.ts";
import { tokenFor, uniqueRoom, useService } from "../support/service.ts";
import { until } from "../support/until.ts";

const service = useService();
const ROOMS = 200;
const KILLS = 5;
const PATIENCE = 60_000;

/** A socket of the user's own channel; null: the server is not there. */
async function lineOf(user: string): Promise<Line | null> {
  const url = channelUrl(service.origin().replace("http", "ws"), `user:${user}`, "connect");
  const socket = new WebSocket(url, { headers: { authorization: `Bearer ${tokenFor(user)}` } });
  const line: Line = {
    send: (text) => socket.send(text),
    close: (code) => socket.close(code),
    begin: (take, lost) => {
      socket.on("message", (data) => take(String(data)));
      socket.on("close", lost);
    },
  };
  return new Promise((resolve) => {
    socket.once("open", () => resolve(line));
    socket.once("error", () => resolve(null));
    socket.on("error", () => undefined);
  });
}

it("SUB-2 RESUME-2 one socket follows 200 rooms, exactly, through kills of the server and cuts of the socket", async () => {
  const rooms = Array.from({ length: ROOMS }, (_, index) => uniqueRoom(`many${index}`));
  const addresses = rooms.map((room) => `room:${room}`);
  const users = [uniqueRoom("alice"), uniqueRoom("bob")];
  const [alice, bob] = users.map((user) => new ManyFollower(user, addresses, () => lineOf(user)).start()) as [
    ManyFollower,
    ManyFollower,
  ];
  const whole = () => until(() => alice.isWhole && bob.isWhole, { what: "all subscriptions", timeout: PATIENCE });
  await whole();

  const settled: Promise<void>[] = [];
  let said = 0;
  const talk = (count: number) => {
    for (let n = 0; n < count; n++) {
      const speaker = said % 2 === 0 ? alice : bob;
      settled.push(speaker.publish(addresses[(said * 7) % ROOMS] as string, said++));
    }
  };
  for (let kill = 0; kill < KILLS; kill++) {
    talk(100);
    await service.server.restart();
    talk(100);
    await whole();
    talk(100);
    alice.cut();
  }
  await whole();
  await Promise.all(settled);

  const heard = (follower: ManyFollower) => addresses.flatMap((address) => follower.dataOf(address));
  await until(() => heard(alice).length >= said && heard(bob).length >= said, {
    what: () => `all of ${said}: ${heard(alice).length} and ${heard(bob).length}`,
    timeout: PATIENCE,
  });
  for (const follower of [alice, bob]) {
    expect(follower.wrong).toEqual([]);
    // Each publish once, of whomever, whatever was in between; and both have seen the same order in each room.
    expect([...heard(follower)].sort((a, b) => Number(a) - Number(b))).toEqual(
      Array.from({ length: said }, (_, n) => n),
    );
    for (const address of addresses) expect(follower.dataOf(address)).toEqual(alice.dataOf(address));
    expect(follower.comebacks).toBeGreaterThanOrEqual(KILLS);
    follower.leave();
  }
});
