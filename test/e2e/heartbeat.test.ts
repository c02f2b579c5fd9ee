import { describe, expect, it } from "vitest";
import { told, usersIn } from "../support/presence.ts";
import { apiKey, authSecret, uniqueRoom, useService } from "../support/service.ts";

const every = 500;
const timeout = 4_000;
const sweep = 1_000;
const service = useService({
  AUTH_SECRET: authSecret,
  API_KEY: apiKey,
  HEARTBEAT_EVERY: "1000",
  HEARTBEAT_TIMEOUT: String(timeout),
  PRESENCE_SWEEP: String(sweep),
});
const watch = { presence: "members" };
const beating = { heartbeat: every };

describe.concurrent("heartbeats", () => {
  it("HEART-2 end a connection 4408 when they stop, not before their time, and its member leaves without a grace", async () => {
    const room = uniqueRoom("silence");
    const alice = await service.join("alice", room, watch, beating);
    const bob = await service.join("bob", room);
    const carol = await service.join("carol", room, {}, beating);
    await alice.until(() => told(alice, "joined").includes("carol"), "all are there");
    const lastSign = performance.now();
    bob.send("ping");
    await alice.until(() => told(alice, "left").length > 0, "someone left", timeout + 4 * sweep);
    const silence = performance.now() - lastSign;
    // Rounding of clocks; and the grace would have been ten seconds more.
    expect(silence).toBeGreaterThanOrEqual(timeout - 50);
    expect(silence).toBeLessThan(timeout + sweep + 3_000);
    expect(told(alice, "left")).toEqual(["bob"]);
    expect(await usersIn(service, room)).toEqual(["alice", "carol"]);
    expect([alice.isOpen, bob.isOpen, carol.isOpen]).toEqual([true, false, true]);
    expect(await bob.closed).toEqual({ code: 4408, reason: "heartbeat_timeout" });
  });

  it("HEART-2 are not asked of one that never sent any: it has ten minutes", async () => {
    const room = uniqueRoom("script");
    const alice = await service.join("alice", room, watch, beating);
    const script = await service.join("script", room);
    const silent = await service.join("silent", room);
    silent.send("ping");
    await alice.until(() => told(alice, "left").includes("silent"), "the silent one left", timeout + 4 * sweep);
    await service.canary(room);
    await script.until(({ messages }) => messages.length === 1, "the canary");
    expect(told(alice, "left")).not.toContain("script");
  });

  it("HEART-2 are any frame: one that talks need not ping", async () => {
    const room = uniqueRoom("talk");
    const alice = await service.join("alice", room, watch, beating);
    const talker = await service.join("talker", room, { echo: 0 });
    talker.send("ping");
    const silent = await service.join("silent", room);
    silent.send("ping");
    const talk = setInterval(() => talker.send({ type: "signal", event: "e", data: null }), every);
    await alice.until(() => told(alice, "left").includes("silent"), "the silent one left", timeout + 4 * sweep);
    clearInterval(talk);
    expect([talker.isOpen, told(alice, "left").includes("talker")]).toEqual([true, false]);
  });
});
