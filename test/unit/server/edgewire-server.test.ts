import { describe, expect, test } from "vitest";
import { EdgewireServer, type ServerCalls } from "../../../src/server/index.ts";

interface Asked {
  readonly method: string;
  readonly url: string;
  readonly authorization: string | null;
  readonly body: unknown;
}

/** A service that answers one after the other what it was given, the last for ever. */
function scripted(...answers: (() => Response | Promise<Response>)[]) {
  const asked: Asked[] = [];
  const waits: number[] = [];
  const server = new EdgewireServer({
    url: "https://rt.example.com/",
    apiKey: "key",
    random: () => 0.5,
    sleep: async (ms) => void waits.push(ms),
    fetch: async (input, init) => {
      const request = new Request(input, init);
      const text = await request.text();
      asked.push({
        method: request.method,
        url: request.url,
        authorization: request.headers.get("authorization"),
        body: text === "" ? null : JSON.parse(text),
      });
      const answer = answers.length > 1 ? answers.shift() : answers[0];
      return (answer as () => Response)();
    },
  });
  return { server, asked, waits };
}

const json = (value: unknown, status = 200, headers: Record<string, string> = {}) =>
  Response.json(value, { status, headers });
const receipt = { seq: 1, cursor: "k3f9x2ab-1", id: "i", at: 1 };
const broken = () => Promise.reject(new TypeError("fetch failed"));
const overloaded = () => json({ code: "overloaded", detail: "Later." }, 503, { "retry-after": "2" });

describe("what is asked", () => {
  const cases: [string, (server: ServerCalls) => Promise<unknown>, unknown, Partial<Asked>, unknown][] = [
    [
      "publish",
      (server) => server.publish("room:a|b", { n: 1 }, { id: "i", event: "score", user: "bob" }),
      receipt,
      {
        method: "POST",
        url: "/v1/rooms/a%7Cb/messages",
        body: { id: "i", event: "score", user: "bob", data: { n: 1 } },
      },
      receipt,
    ],
    [
      "publish to a person",
      (server) => server.publish("user:bob", null, { id: "i" }),
      receipt,
      { method: "POST", url: "/v1/users/bob/messages", body: { id: "i", data: null } },
      receipt,
    ],
    [
      "publishMany",
      (server) => server.publishMany(["room:a", "user:b"], 1, { id: "i" }),
      { results: { "room:a": receipt, "user:b": { code: "overloaded", detail: "…" } } },
      { method: "POST", url: "/v1/messages", body: { channels: ["room:a", "user:b"], id: "i", data: 1 } },
      { "room:a": receipt, "user:b": { code: "overloaded", detail: "…" } },
    ],
    [
      "presence",
      (server) => server.presence({ users: ["bob"], rooms: ["lobby"] }),
      { users: { bob: { online: true, lastSeen: 5 } }, rooms: { lobby: { count: 2 } } },
      { method: "POST", url: "/v1/presence", body: { users: ["bob"], rooms: ["lobby"] } },
      { users: { bob: { online: true, lastSeen: 5 } }, rooms: { lobby: { count: 2 } } },
    ],
    [
      "members",
      (server) => server.members("room:lobby", { limit: 0 }),
      { count: 3, members: [] },
      { method: "GET", url: "/v1/rooms/lobby/presence?limit=0", body: null },
      { count: 3, members: [] },
    ],
    [
      "history",
      (server) => server.history("room:lobby", { before: "k3f9x2ab-9", limit: 2, order: "desc" }),
      { messages: [] },
      { method: "GET", url: "/v1/rooms/lobby/messages?before=k3f9x2ab-9&limit=2&order=desc", body: null },
      { messages: [] },
    ],
    [
      "disconnect",
      (server) => server.disconnect("bob"),
      { closed: 2 },
      { method: "DELETE", url: "/v1/users/bob/connections", body: null },
      2,
    ],
    [
      "kick",
      (server) => server.kick("room:lobby", "bob"),
      { closed: 1 },
      { method: "DELETE", url: "/v1/rooms/lobby/connections?user=bob", body: null },
      1,
    ],
  ];
  for (const [name, call, answer, { url, ...expected }, result] of cases)
    test(name, async () => {
      const { server, asked } = scripted(() => json(answer));
      expect(await call(server)).toEqual(result);
      expect(asked).toEqual([{ ...expected, url: `https://rt.example.com${url}`, authorization: "Bearer key" }]);
    });

  test("an address that is none asks nobody", async () => {
    const { server, asked } = scripted(() => json({}));
    for (const wrong of [
      () => server.publish("lobby", 1),
      () => server.history("room:a b"),
      () => server.kick("user:bob", "bob"),
      () => server.members("user:bob"),
      () => server.disconnect("b/b"),
    ])
      await expect(wrong()).rejects.toMatchObject({ code: "bad_id" });
    expect(asked).toEqual([]);
  });

  test("without a key nobody is asked", async () => {
    const server = new EdgewireServer({ url: "https://rt.example.com", fetch: () => expect.unreachable() });
    await expect(server.publish("room:lobby", 1)).rejects.toMatchObject({ code: "not_configured" });
  });
});

describe("what does not come through", () => {
  test("is tried again, as the same message, after what the service asks to wait", async () => {
    const { server, asked, waits } = scripted(broken, overloaded, () => json(receipt, 201));
    expect(await server.publish("room:lobby", 1)).toEqual(receipt);
    expect(waits).toEqual([125, 2250]);
    const ids = asked.map(({ body }) => (body as { id: string }).id);
    expect(ids).toHaveLength(3);
    expect(new Set(ids).size).toBe(1);
  });

  test("is given up after three tries", async () => {
    const { server, asked } = scripted(broken);
    await expect(server.publish("room:lobby", 1)).rejects.toMatchObject({ code: "unreachable", retryable: true });
    expect(asked).toHaveLength(3);
  });

  test("is given up at once when the wait is long, and says how long", async () => {
    const late = () => json({ code: "overloaded", detail: "Later." }, 503, { "retry-after": "60" });
    const { server, asked } = scripted(late);
    await expect(server.publish("room:lobby", 1)).rejects.toMatchObject({ code: "overloaded", retryAfter: 60_000 });
    expect(asked).toHaveLength(1);
  });

  test("is given up at once when it was refused", async () => {
    const { server, asked } = scripted(() => json({ code: "id_conflict", detail: "Taken." }, 409));
    const refused = server.publish("room:lobby", 1);
    await expect(refused).rejects.toMatchObject({ name: "EdgewireError", code: "id_conflict", message: "Taken." });
    expect(asked).toHaveLength(1);
  });
});
