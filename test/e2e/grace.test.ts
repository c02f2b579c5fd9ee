import { describe, expect, it } from "vitest";
import { assertExactlyOnce } from "../support/chain.ts";
import { folded, told, usersIn } from "../support/presence.ts";
import { uniqueRoom } from "../support/service.ts";
import { useSharedService } from "../support/shared-service.ts";

const service = useSharedService();
const watch = { presence: "members" };
const grace = 10_000;
/** The end of the grace, a second of collecting, and a slow machine. */
const afterGrace = grace + 8_000;

// Everything here waits for the same ten seconds: together they cost ten, not fifty.
describe.concurrent("the grace of a broken connection", () => {
  it.each<[string, (end: { terminate: () => void; close: (code: number) => unknown }) => void]>([
    ["without a word", (client) => client.terminate()],
    ["by Close 1001", (client) => client.close(1001)],
    ["by Close 4000", (client) => client.close(4000)],
  ])("PRESENCE-6 is ten seconds after an end %s, and not less", async (_how, end) => {
    const room = uniqueRoom("grace");
    const alice = await service.join("alice", room, watch);
    const bob = await service.join("bob", room);
    await alice.until(() => told(alice, "joined").includes("bob"), "bob joined");
    const start = performance.now();
    end(bob);
    await bob.closed;
    expect(await usersIn(service, room)).toEqual(["alice", "bob"]);
    await alice.until(() => told(alice, "left").includes("bob"), "bob left", afterGrace);
    // Two clocks, rounded to milliseconds.
    expect(performance.now() - start).toBeGreaterThanOrEqual(grace - 50);
    expect(await usersIn(service, room)).toEqual(["alice"]);
    expect(folded(alice).has("bob")).toBe(false);
  });

  it("PRESENCE-6 hides a reconnect within it: no leave, no join", async () => {
    const room = uniqueRoom("flap");
    const alice = await service.join("alice", room, watch);
    const bob = await service.join("bob", room);
    await alice.until(() => told(alice, "joined").includes("bob"), "bob joined");
    let tab = bob;
    for (let cut = 0; cut < 3; cut++) {
      tab.terminate();
      await tab.closed;
      tab = await tab.resume();
    }
    // One who goes after bob's last cut and stays away: when that is told, bob's time would have been up too.
    const marker = await service.join("marker", room);
    marker.terminate();
    await alice.until(() => told(alice, "left").includes("marker"), "the marker left", afterGrace);
    expect([told(alice, "joined"), told(alice, "left")]).toEqual([["bob", "marker"], ["marker"]]);
    expect(await usersIn(service, room)).toEqual(["alice", "bob"]);
    assertExactlyOnce(bob.chain);
  });

  it("PRESENCE-6 does not begin while another tab of the user is open", async () => {
    const room = uniqueRoom("tab");
    const alice = await service.join("alice", room, watch);
    const tab = await service.join("bob", room);
    await service.join("bob", room);
    const leaver = await service.join("carol", room);
    await alice.until(() => told(alice, "joined").includes("carol"), "carol joined");
    tab.terminate();
    leaver.terminate();
    await alice.until(() => told(alice, "left").includes("carol"), "carol left", afterGrace);
    expect([told(alice, "left"), await usersIn(service, room)]).toEqual([["carol"], ["alice", "bob"]]);
  });

  it("PRESENCE-1 keeps the time of the first join over a reconnect", async () => {
    const room = uniqueRoom("since");
    const alice = await service.join("alice", room, watch);
    const bob = await service.join("bob", room);
    await alice.until(() => told(alice, "joined").includes("bob"), "bob joined");
    const since = folded(alice).get("bob")?.since;
    bob.terminate();
    await bob.closed;
    const back = await service.join("bob", room, watch);
    expect(back.welcome.presence?.members?.find(({ user }) => user === "bob")?.since).toBe(since);
  });
});
