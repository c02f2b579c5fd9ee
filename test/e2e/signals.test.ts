import { describe, expect, it } from "vitest";
import type { Client } from "../support/client.ts";
import type { Frame, Signal } from "../support/frames.ts";
import { uniqueRoom } from "../support/service.ts";
import { useSharedService } from "../support/shared-service.ts";

const service = useSharedService();

const signalsOf = (client: Client): Signal[] =>
  client.framesOf<Frame & { signals: Signal[] }>("signals").flatMap(({ signals }) => signals);

const untilSignal = (client: Client, event: string) =>
  client.until(() => signalsOf(client).some((signal) => signal.event === event), `a signal ${event}`);

describe("signals", () => {
  it("SIGNAL-1 reach every other connection, the sender's others too, but not the sender", async () => {
    const room = uniqueRoom("signal");
    const alice = await service.join("alice", room);
    const tablet = await service.join("alice", room);
    const bob = await service.join("bob", room);
    const ack = await alice.request({ type: "signal", event: "typing", data: { on: true } });
    expect(ack).toEqual({ type: "ack", ref: "r1" });
    await bob.request({ type: "signal", event: "end", data: null });
    for (const client of [tablet, alice]) await untilSignal(client, "end");
    await untilSignal(bob, "typing");
    const typing = {
      user: "alice",
      connection: alice.welcome.connection,
      event: "typing",
      data: { on: true },
      at: expect.any(Number),
    };
    expect(signalsOf(bob)).toEqual([typing]);
    expect(signalsOf(tablet)[0]).toEqual(typing);
    expect(signalsOf(alice).map(({ event }) => event)).toEqual(["end"]);
  });

  it("SIGNAL-3 over HTTP answer 202, and spare the connection that is named", async () => {
    const room = uniqueRoom("signal-http");
    const alice = await service.join("alice", room);
    const bob = await service.join("bob", room);
    const send = (event: string, query: Record<string, string>) =>
      service.room("POST", room, "signals", { as: "alice", query, body: { event, data: 1, key: "k" } });
    expect((await send("spared", { connection: alice.welcome.connection })).status).toBe(202);
    expect((await send("for-all", {})).status).toBe(202);
    await untilSignal(alice, "for-all");
    await untilSignal(bob, "for-all");
    expect(signalsOf(bob).map(({ event }) => event)).toEqual(["spared", "for-all"]);
    expect(signalsOf(bob)[0]).toMatchObject({ user: "alice", key: "k", data: 1 });
    expect(signalsOf(alice).map(({ event }) => event)).toEqual(["for-all"]);
  });

  it("PUBLISH-4 over HTTP spare nobody for the connection of another user", async () => {
    const room = uniqueRoom("not-mine");
    const bob = await service.join("bob", room);
    const query = { connection: bob.welcome.connection };
    const body = { event: "typing", data: 1 };
    expect((await service.room("POST", room, "signals", { as: "alice", query, body })).status).toBe(202);
    await untilSignal(bob, "typing");
    expect(signalsOf(bob)[0]).toMatchObject({ user: "alice" });
  });

  it("SIGNAL-2 with one key give way to the last of their batch; order holds and the last always comes", async () => {
    const room = uniqueRoom("conflation");
    const sender = await service.joinAs("sender", room);
    const bob = await service.join("bob", room);
    const sent = 500;
    for (let n = 1; n <= sent; n++) {
      sender.send({ type: "signal", event: "cursor", data: n, key: "mouse" });
      if (n % 50 === 0) sender.send({ type: "signal", event: "step", data: n, key: `step ${n}` });
    }
    await bob.until(() => signalsOf(bob).some(({ data }) => data === sent), "the last position");
    await sender.request({ type: "signal", event: "end", data: null });
    await untilSignal(bob, "end");
    const positions = signalsOf(bob)
      .filter(({ event }) => event === "cursor")
      .map(({ data }) => data as number);
    expect(positions.at(-1)).toBe(sent);
    expect(positions).toEqual([...new Set(positions)].toSorted((a, b) => a - b));
    expect(positions.length).toBeLessThan(sent);
    const steps = signalsOf(bob).filter(({ event }) => event === "step");
    expect(steps.map(({ data }) => data)).toEqual([50, 100, 150, 200, 250, 300, 350, 400, 450, 500]);
  });

  it("SIGNAL-2 conflate only the same connection, event and key", async () => {
    const room = uniqueRoom("keys");
    const [one, two] = [await service.joinAs("one", room), await service.joinAs("one", room)];
    const bob = await service.join("bob", room);
    const combinations = ["a", "b"].flatMap((event) => ["x", "y"].map((key) => ({ event, key })));
    for (const sender of [one, two]) for (const pair of combinations) sender.send({ type: "signal", data: 0, ...pair });
    await bob.until(() => signalsOf(bob).length === 8, "all eight");
  });

  it("SIGNAL-1 are stored nowhere", async () => {
    const room = uniqueRoom("ephemeral");
    const alice = await service.join("alice", room);
    await alice.request({ type: "signal", event: "typing", data: null });
    const { body } = await service.room("GET", room, "messages");
    expect(body).toMatchObject({ messages: [], cursor: alice.welcome.cursor });
    const late = await service.join("bob", room, { rewind: 10 });
    expect(late.welcome.cursor).toBe(alice.welcome.cursor);
    await service.canary(room);
    await late.until(({ messages }) => messages.length === 1, "the canary");
    expect(signalsOf(late)).toEqual([]);
  });
});
