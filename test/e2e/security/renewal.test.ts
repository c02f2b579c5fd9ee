import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { Client } from "../../support/client.ts";
import type { Published } from "../../support/frames.ts";
import { tokenFor, uniqueRoom } from "../../support/service.ts";
import { useSharedService } from "../../support/shared-service.ts";
import { seconds } from "../../support/tokens.ts";

const service = useSharedService();
const all = ["subscribe", "history", "publish", "signal", "presence"];
const refused = { type: "error", code: "unauthenticated" };
/** How late a connection may be closed, and how much longer the close may be on its way, ms. */
const LATE = 5_000;
const TRAVEL = 500;

const join = async (room: string, capabilities: string[] = all, claims = {}, query = {}): Promise<Client> => {
  const token = tokenFor("alice", { [`room:${room}`]: capabilities }, claims);
  const client = await service.join("alice", room, query, { token });
  // workerd ends the TCP connection of a client that never sent a frame ten seconds late.
  client.send({ type: "history", limit: 1 });
  return client;
};
const renew = (client: Client, token: string) => client.request({ type: "auth", token });
const granting = (room: string, ...operations: string[]) => tokenFor("alice", { [`room:${room}`]: operations });
const publish = (client: Client, id?: string) => client.request({ type: "publish", data: 1, ...(id && { id }) });

describe("a fresh token", () => {
  it("AUTH-9 of the same user is taken: the ack brings its end, and nothing else changes", async () => {
    const room = uniqueRoom("renewal");
    const client = await join(room, all, { exp: seconds() + 60 }, { presence: "members" });
    const exp = seconds() + 1800;
    const ack = await renew(client, tokenFor("alice", { "room:*": all }, { exp }));
    expect(ack).toEqual({ type: "ack", ref: "r1", expires: exp * 1000 });
    expect(await publish(client)).toMatchObject({ type: "ack", seq: 1 });
    const { body } = await service.room("GET", room, "presence");
    expect(body).toMatchObject({ count: 1, members: [{ user: "alice", connections: 1 }] });
    expect(client.framesOf("presence")).toEqual([]);
  });

  it("AUTH-9 replaces the rights at once, by more and by less", async () => {
    const room = uniqueRoom("rights");
    const client = await join(room, ["subscribe"]);
    expect(await publish(client)).toMatchObject({ code: "forbidden" });
    expect(await renew(client, granting(room, "subscribe", "publish"))).toMatchObject({ type: "ack" });
    expect(await publish(client)).toMatchObject({ type: "ack" });
    expect(await renew(client, granting(room, "subscribe", "history"))).toMatchObject({ type: "ack" });
    expect(await publish(client)).toMatchObject({ code: "forbidden" });
    expect(await client.request({ type: "history" })).toMatchObject({ type: "ack" });
    expect(await client.request({ type: "signal", event: "e", data: 1 })).toMatchObject({ code: "forbidden" });
  });

  it("AUTH-9 AUTH-6 that has no presence any more ends the membership, and nothing is told of others", async () => {
    const room = uniqueRoom("presence");
    const client = await join(room, all, {}, { presence: "members" });
    expect(await renew(client, granting(room, "subscribe", "publish", "history"))).toMatchObject({ type: "ack" });
    const bob = await service.join("bob", room, { presence: "members" });
    expect(bob.welcome.presence?.members?.map(({ user }) => user)).toEqual(["bob"]);
    await publish(bob);
    await client.until(({ messages }) => messages.length > 0, "bob's message");
    expect(client.framesOf("presence")).toEqual([]);
  });

  it("AUTH-9 that ends sooner than the old one ends the connection sooner", async () => {
    const room = uniqueRoom("sooner");
    const client = await join(room);
    const exp = seconds() + 2;
    expect(await renew(client, tokenFor("alice", { "room:*": all }, { exp }))).toMatchObject({ expires: exp * 1000 });
    await expectEnd(client, exp);
  });
});

describe("a token that may not renew", () => {
  it.each<[string, (room: string) => string]>([
    ["another user's", () => tokenFor("bob")],
    ["a user's whose name differs in case", () => tokenFor("Alice")],
    ["none at all", () => ""],
    ["garbage", () => "x.y.z"],
    ["an expired one", () => tokenFor("alice", { "*": all }, { exp: seconds() - 1, iat: seconds() - 60 })],
    ["one without exp", () => tokenFor("alice", { "*": all }, { exp: undefined })],
    ["one that begins later", () => tokenFor("alice", { "*": all }, { nbf: seconds() + 600 })],
    ["one for another room", () => tokenFor("alice", { "room:other": all })],
    ["one without subscribe", (room) => granting(room, "publish", "history")],
    ["20 KB", () => tokenFor("alice", { "*": all }, { pad: "x".repeat(15_000) })],
  ])("AUTH-9 is refused, and the connection goes on with its old rights: %s", async (_what, make) => {
    const room = uniqueRoom("refused");
    const client = await join(room, ["subscribe", "publish"]);
    const answer = await renew(client, make(room));
    expect(answer).toMatchObject(refused);
    expect(Object.keys(answer).sort()).toEqual(["code", "message", "ref", "type"]);
    expect(await publish(client)).toMatchObject({ type: "ack", seq: 1 });
    expect(await client.request({ type: "history" })).toMatchObject({ code: "forbidden" });
  });

  it("AUTH-9 FRAME-6 a hundred of them in a minute close 4429", async () => {
    const client = await join(uniqueRoom("guessing"));
    for (let n = 0; n < 120; n++) client.send({ type: "auth", token: `x.y.${n}` });
    expect(await client.closed).toEqual({ code: 4429, reason: "rate_limited" });
  });
});

async function expectEnd(client: Client, exp: number): Promise<void> {
  expect(await client.closed).toEqual({ code: 4401, reason: "unauthenticated" });
  expect(Date.now()).toBeGreaterThanOrEqual(exp * 1000);
  expect(Date.now()).toBeLessThan(exp * 1000 + LATE + TRAVEL);
}

describe.concurrent("at its end", () => {
  it("AUTH-9 a connection closes 4401 within 5 s: idle, refused a renewal, or publishing", async () => {
    const exp = seconds() + 3;
    const [idle, refusedOne, publishing] = await Promise.all(
      ["idle", "refused", "publishing"].map((name) => join(uniqueRoom(name), all, { exp })),
    );
    const clients = [idle, refusedOne, publishing] as Client[];
    for (const { welcome } of clients) expect(welcome.expires).toBe(exp * 1000);
    expect(await renew(refusedOne as Client, "x.y.z")).toMatchObject(refused);
    const answers: Published[] = [];
    const publisher = (async () => {
      while (publishing?.isOpen) {
        const answer = await publish(publishing, `n${answers.length}`).catch(() => undefined);
        if (answer?.type === "ack") answers.push(answer as unknown as Published);
        await pause(40); // within the rate
      }
    })();
    await Promise.all(clients.map((client) => expectEnd(client, exp)));
    await publisher;
    // What was acknowledged is stored, and was said before the end.
    const room = (publishing as Client).options.channel.slice("room:".length);
    const { body } = await service.room<{ messages: { at: number }[]; cursor: string }>("GET", room, "messages", {
      query: { limit: 1000 },
    });
    expect(Number(body.cursor.split("-")[1])).toBeGreaterThanOrEqual(answers.length);
    for (const { at } of answers) expect(at).toBeLessThan(exp * 1000);
  });

  it("AUTH-9 AUTH-4 its token lets nobody in again, and a fresh one resumes without a loss", async () => {
    const room = uniqueRoom("resume");
    const exp = seconds() + 2;
    const client = await join(room, all, { exp });
    await service.publish(room, { data: "before" });
    await expectEnd(client, exp);
    await service.publish(room, { data: "meanwhile" });
    await expect(client.resume()).rejects.toThrow();
    const back = await service.join("alice", room, { after: client.cursor as string });
    await back.until(({ messages }) => messages.length === 1, "what was missed");
    expect([...client.messages, ...back.messages].map(({ data }) => data)).toEqual(["before", "meanwhile"]);
  });

  it("AUTH-9 a connection that was renewed in time goes on, again and again", async () => {
    const room = uniqueRoom("on");
    const client = await join(room, all, { exp: seconds() + 2 });
    const expiring = await join(room, all, { exp: seconds() + 5 });
    expect(await renew(client, tokenFor("alice", { "room:*": all }, { exp: seconds() + 4 }))).toMatchObject({
      type: "ack",
    });
    expect(await renew(client, tokenFor("alice"))).toMatchObject({ type: "ack" });
    await expiring.closed;
    expect(await publish(client)).toMatchObject({ type: "ack" });
  });
});
