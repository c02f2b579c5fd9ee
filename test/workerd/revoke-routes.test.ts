import { expect, test } from "vitest";
import { app } from "../../src/http/app.ts";
import { call } from "./support/channel.ts";
import { connect, handshake } from "./support/client.ts";
import { Room } from "./support/room.ts";
import { tokenFor, worker } from "./support/service.ts";
import { User } from "./support/user.ts";

/** What each route takes, so that nothing but the token can be wrong with the request. */
const BODIES: Record<string, (user: User, room: Room) => unknown> = {
  "POST /v1/tickets": (_, room) => ({ channel: room.address }),
  "POST /v1/messages": (user, room) => ({ channels: [room.address, user.address], data: 1 }),
  "POST /v1/presence": (user, room) => ({ users: [user.id], rooms: [room.id] }),
  "POST messages": () => ({ data: 1 }),
  "POST signals": () => ({ event: "e", data: 1 }),
  "PUT presence": () => ({ data: 1 }),
  "PUT read": () => ({ cursor: "k3f9x2ab-0" }),
  "POST poll": (_user, room) => ({ cursors: { [room.address]: null }, timeout: 0 }),
};
const OPEN = ["/v1/health", "/v1/guests"];
const everything = { capabilities: { "*": ["*"] } };

interface Asked {
  readonly name: string;
  readonly status: number;
  readonly text: string;
}

/** Asks every route of the service that wants a credential: about a room, the user's own channel, `me` and another's. */
async function askAll(user: User, token: string): Promise<Asked[]> {
  const [room, other] = [new Room("lobby"), new User("bob")];
  const answers: Asked[] = [];
  for (const { method, path } of app.routes) {
    if (method === "ALL" || OPEN.includes(path)) continue;
    // Other channels are followed through one's own only, whoever one is.
    const isOfOne = path === "/v1/users/:id/poll" && method === "POST";
    const ids = isOfOne ? [user.id, "me"] : path.startsWith("/v1/users") ? [user.id, "me", other.id] : [room.id];
    for (const id of ids) {
      const end = path.split("/")[4] ?? "";
      const make = BODIES[`${method} ${path}`] ?? BODIES[`${method} ${end}`];
      const headers = new Headers({ authorization: `Bearer ${token}` });
      if (end === "connect") headers.set("upgrade", "websocket");
      if (make !== undefined) headers.set("content-type", "application/json");
      const init = { method, headers, ...(make === undefined ? {} : { body: JSON.stringify(make(user, room)) }) };
      const query = method === "PUT" ? "?connection=c" : end === "poll" ? "?timeout=0" : "";
      const answer = await worker.fetch(`https://edge.test${path.replace(":id", id)}${query}`, init);
      const isText = answer.headers.get("content-type")?.includes("json") === true;
      const text = isText ? await answer.text() : "";
      if (!isText) await answer.body?.cancel();
      answer.webSocket?.accept();
      answer.webSocket?.close();
      answers.push({
        name: `${method} ${path.replace(":id", id === user.id ? "own" : id)}`,
        status: answer.status,
        text,
      });
    }
  }
  return answers;
}

test.each([
  ["an older token", 5, {}],
  ["one of the same second", 0, {}],
  ["one that does not say when it was made", 5, { iat: undefined }],
])("REVOKE-1 after a log-out every route refuses %s", async (_what, age, claims) => {
  const user = new User("alice");
  const token = await user.token(age, { ...everything, ...claims });
  expect((await user.call("DELETE", "connections")).status).toBe(200);
  const answers = await askAll(user, token);
  expect(answers.length).toBeGreaterThan(40);
  const wrong = answers.filter(({ name, status }) => status !== 401 && name !== "POST /v1/messages");
  expect(wrong).toEqual([]);
  const { status, text } = answers.find(({ name }) => name === "POST /v1/messages") as Asked;
  expect(status).toBe(200); // each channel answers for itself
  for (const result of Object.values(JSON.parse(text).results))
    expect(result).toMatchObject({ code: "unauthenticated" });
  const bodies = new Set(answers.filter(({ text, status }) => status === 401 && text !== "").map(({ text }) => text));
  expect([...bodies]).toHaveLength(1);
});

test("REVOKE-1 after a log-out no route refuses a younger token", async () => {
  const user = new User("alice");
  await user.call("DELETE", "connections");
  const refused = [];
  // A log-out among the routes would be another: so each has a token of its own.
  for (const { name, status } of await askAll(user, await user.token(-50, everything)))
    if (status === 401 || status >= 500) refused.push(name);
  expect(refused).toEqual([]);
});

test("REVOKE-1 TICKET-1 a ticket is revoked with the token that it was made by, and one that the API_KEY made with its user", async () => {
  const [user, room] = [new User("alice"), new Room("lobby")];
  const ticket = async (token?: string) => {
    const body = { channel: room.address, ...(token === undefined ? { user: user.id } : {}) };
    const made = await call("POST", "https://edge.test/v1/tickets", {
      body,
      ...(token === undefined ? {} : { token }),
    });
    expect(made.status).toBe(201);
    return made.body.ticket as string;
  };
  const tickets = [await ticket(await user.token()), await ticket()];
  const statusOf = async (one: string) => {
    const answer = await worker.fetch(room.url("events", { ticket: one }));
    await answer.body?.cancel();
    return answer.status;
  };
  expect(await Promise.all(tickets.map(statusOf))).toEqual([200, 200]);
  await user.call("DELETE", "connections");
  expect(await Promise.all(tickets.map(statusOf))).toEqual([401, 401]);
  expect(await statusOf(await ticket(await user.token(-1)))).toBe(200);
});

test("REVOKE-1 CONNECT-2 a browser's handshake is let in and closed with 4401", async () => {
  const [user, room] = [new User("alice"), new Room("lobby")];
  const token = await user.token();
  await user.call("DELETE", "connections");
  const headers = { "sec-websocket-protocol": `edgewire.v1, edgewire.token.${token}`, authorization: "" };
  const url = room.url("connect");
  const answer = await worker.fetch(url, {
    headers: { upgrade: "websocket", "sec-websocket-protocol": headers["sec-websocket-protocol"] },
  });
  expect(answer.status).toBe(101);
  const socket = answer.webSocket as WebSocket;
  const closed = new Promise<CloseEvent>((resolve) => socket.addEventListener("close", resolve));
  socket.accept();
  expect(await closed).toMatchObject({ code: 4401, reason: "unauthenticated" });
  expect((await handshake(room, { token })).status).toBe(401);
});

test("REVOKE-1 the log-out of one user is no other's", async () => {
  const [user, room] = [new User("alice"), new Room("lobby")];
  const names = [user.id.toUpperCase(), `${user.id}x`, `user:${user.id}`, user.id.slice(0, -1)];
  const clients = await Promise.all(names.map(async (name) => connect(room, { token: await tokenFor(name) })));
  expect((await user.call("DELETE", "connections")).body).toEqual({ closed: 0 });
  for (const [n, client] of clients.entries()) {
    expect((await room.call("GET", "messages", { token: await tokenFor(names[n] as string) })).status).toBe(200);
    expect(client.closed).toBeNull();
  }
});
