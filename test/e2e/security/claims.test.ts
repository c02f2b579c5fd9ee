import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { channelUrl, type Query } from "../../../support/client.ts";
import type { History, Published } from "../../../support/frames.ts";
import { type KnockOptions, knock } from "../../../support/handshake.ts";
import { call } from "../../../support/http.ts";
import { expectProblem } from "../../../support/problem.ts";
import { apiKey, authSecret, tokenFor, uniqueRoom } from "../../../support/service.ts";
import { useSharedService } from "../../../support/shared-service.ts";
import { until } from "../../../support/until.ts";
import { RawSocket } from "../raw-socket.ts";
import { FRAME_CASES } from "./frame-cases.ts";
import { TOKEN_CASES } from "./token-cases.ts";

const service = useSharedService();
const room = uniqueRoom("bad-frames");
const sockets: RawSocket[] = [];

afterEach(() => service.canary(room));
afterAll(() => {
  for (const socket of sockets) socket.terminate();
});

const dial = async (user: string, id = room): Promise<RawSocket> => {
  const socket = new RawSocket(service.origin(), `room:${id}`, { token: tokenFor(user) });
  sockets.push(socket);
  await socket.welcome();
  return socket;
};
const at = (endpoint: string, query: Query = {}, id = room) =>
  channelUrl(service.origin(), `room:${id}`, endpoint, query);

/** As many as cause errors in a minute without being closed for it. */
const perSocket = 80;

describe.each(Object.entries(FRAME_CASES))("%s a frame", (group, cases) => {
  it(`FRAME-1 FRAME-3 ${cases.length} that are wrong are each one error, and the connection goes on`, async () => {
    const wrong: string[] = [];
    for (let first = 0; first < cases.length; first += perSocket) {
      const socket = await dial(`${group.slice(0, 1)}-${first}`);
      for (const { what, frame, code, hasRef } of cases.slice(first, first + perSocket)) {
        const before = socket.framesOf("error").length;
        socket.send(frame);
        // A good one after each: in a row they would close.
        expect(await socket.request({ type: "members", limit: 0 })).toMatchObject({ type: "ack" });
        const errors = socket.framesOf("error").slice(before);
        const expected = { type: "error", code, message: expect.any(String), ...(hasRef && { ref: "r" }) };
        if (!errors.every((error) => expect.objectContaining(expected).asymmetricMatch(error)) || errors.length !== 1)
          wrong.push(`${what}: ${JSON.stringify(errors)}`);
        for (const error of errors) expect(JSON.stringify(error)).not.toMatch(/\.ts:\d|\n\s+at /);
      }
      expect(socket.isOpen).toBe(true);
    }
    expect(wrong).toEqual([]);
    expect((await call<History>("GET", at("messages"), { token: apiKey })).body.messages).not.toContainEqual(
      expect.objectContaining({ user: expect.stringMatching(/^[ftrw]-/) }),
    );
  });
});

describe("what a frame claims", () => {
  it("MSG-1 GROW-2 is not believed, where it is not the sender's to say: user, seq, at, cursor, connection, channel", async () => {
    const socket = await dial("honest");
    const forged = { user: "eve", seq: 999, at: 1, cursor: "k3f9x2ab-999", connection: "x", kind: "server", meta: 1 };
    const ack = await socket.request({ type: "publish", data: "claims", ...forged });
    expect(ack).toMatchObject({ type: "ack" });
    await until(() => socket.framesOf("messages").length > 0, { what: "the message" });
    const [message] = socket.framesOf("messages").flatMap(({ messages }) => messages as object[]);
    expect(message).toEqual({
      ...{ seq: ack.seq, id: ack.id, user: "honest", at: ack.at },
      ...{ event: "message", data: "claims" },
    });
    expect(ack.seq).not.toBe(999);
  });

  it("JSON-1 __proto__ and constructor in data are data", async () => {
    const socket = await dial("nature");
    socket.send(
      '{"type":"publish","ref":"p","data":{"__proto__":{"admin":true},"constructor":{"prototype":1},"a":1,"a":2}}',
    );
    await until(() => socket.framesOf("ack").length > 0, { what: "the ack" });
    const { text } = await call("GET", at("messages", { limit: 1 }), { token: apiKey });
    expect(text).toContain('"data":{"__proto__":{"admin":true},"constructor":{"prototype":1},"a":2}');
  });

  it("MSG-5 ID-1 delimiters in names do not make two messages one", async () => {
    const [one, two] = [`${uniqueRoom("d")}:b`, uniqueRoom("d")];
    const publish = (id: string, user: string, message: string) =>
      call<Published>("POST", at("messages", {}, id), {
        token: apiKey,
        body: { id: message, user, data: `${user} ${message}` },
      });
    for (const id of [one, one.slice(0, -2), two])
      for (const [user, message] of [
        ["a:b", "c"],
        ["a", "b:c"],
        ["a", ":b:c"],
        ["a:b:", "c"],
        ["a|b", "c"],
        ["a", "b|c"],
        ["a", " c"],
      ])
        expect(await publish(id, user as string, message as string)).toMatchObject({ status: 201 });
  });
});

describe("a handshake", () => {
  const versions = ["edgewire.v1"];
  const cases: [what: string, options: KnockOptions, query: Query, status: number, close: number][] = [
    ...["x", "", "x.y", "a.b.c.d", "-", "~", "%", "null"].map((token): (typeof cases)[number] => [
      `the token ${token}`,
      { protocols: [`edgewire.token.${token || "-"}`] },
      {},
      400,
      4401,
    ]),
    [
      "a bad header and a good subprotocol",
      { headers: { authorization: "Basic x" }, protocols: [`edgewire.token.${apiKey}`] },
      {},
      400,
      4401,
    ],
    ["a token in the query", {}, { token: apiKey }, 401, 4401],
    ["a ticket, which is for events", {}, { ticket: apiKey }, 401, 4401],
    ...["k3f9x2ab", "k3f9x2ab-01", "k3f9x2ab-9007199254740992", "0", "k3f9x2ab-1\u0000"].map(
      (after): (typeof cases)[number] => [`after=${after}`, { token: apiKey }, { after }, 400, 4400],
    ),
    ...[-1, 1001, 1.5, "0x1", "1e2", "", " 1"].map((rewind): (typeof cases)[number] => [
      `rewind=${rewind}`,
      { token: apiKey },
      { rewind },
      400,
      4400,
    ]),
    ...["{", "undefined", "NaN", "'x'", "", "[".repeat(70) + "]".repeat(70)].map((data): (typeof cases)[number] => [
      `data=${data.slice(0, 9)}`,
      { token: apiKey },
      { data },
      400,
      4400,
    ]),
    ...["", "a b", ".", "é", "x".repeat(129)].map((user): (typeof cases)[number] => [
      `user=${user.slice(0, 9)}`,
      { token: apiKey },
      { user },
      400,
      4400,
    ]),
    ["data of 64 KB", { token: apiKey }, { data: `"${"x".repeat(65_000)}"` }, 413, 4413],
  ];

  it(`CONNECT-2 CONNECT-3 ${cases.length} that are wrong are refused over HTTP, and closed for a browser`, async () => {
    for (const [what, options, query, status, close] of cases) {
      const plain = await knock(at("connect", query), options);
      if (plain.outcome !== "refused") throw new Error(`${what}: ${JSON.stringify(plain)}`);
      expect([what, plain.answer.status]).toEqual([what, status]);
      expectProblem(plain.answer, { status, code: String(plain.answer.body.code) }, [apiKey, authSecret]);
      const seen = await knock(at("connect", query), {
        ...options,
        protocols: [...versions, ...(options.protocols ?? [])],
      });
      expect([what, seen]).toMatchObject([what, { outcome: "closed", closed: { code: close } }]);
    }
  });

  it("AUTH-1 headers that only the inside uses are nothing from outside", async () => {
    const facts = { identity: { user: "eve", kind: "server", operations: 63, expires: null, info: null }, options: {} };
    const headers = {
      "edgewire-facts": encodeURIComponent(JSON.stringify(facts)),
      "x-user": "eve",
      "cf-access-jwt-assertion": "x",
    };
    const welcome = await knock(at("connect"), { token: tokenFor("alice"), headers });
    expect(welcome).toMatchObject({ outcome: "welcome", text: expect.stringContaining('"user":"alice"') });
    expect(await knock(at("connect"), { headers })).toMatchObject({ outcome: "refused", answer: { status: 401 } });
    const answer = await call("DELETE", at("messages"), { token: tokenFor("alice"), headers });
    expectProblem(answer, { status: 403, code: "forbidden" });
  });
});

describe("a token", () => {
  it(`AUTH-4 ${TOKEN_CASES.length} that are wrong are 401 over HTTP with one body, and an error in a frame`, async () => {
    const socket = await dial("alice");
    const [bodies, wrong] = [new Set<string>(), [] as string[]];
    for (const [what, make] of TOKEN_CASES) {
      const answer = await call("GET", at("messages"), { token: make() });
      const { code } = await socket.request({ type: "auth", token: make() });
      if (answer.status !== 401 || code !== "unauthenticated") wrong.push(`${what}: ${answer.status}, ${code}`);
      if (answer.status === 401) bodies.add(answer.text);
    }
    expect(wrong).toEqual([]);
    expect([...bodies]).toHaveLength(1);
    expect(socket.isOpen).toBe(true);
  });
});

describe("a cursor", () => {
  let other = "";
  beforeAll(async () => {
    other = await service.fill(uniqueRoom("other"), 5);
  });

  it("RESUME-3 of another room, or beyond the head, is a gap and no error", async () => {
    const head = (await call<History>("GET", at("messages"), { token: apiKey })).body.cursor;
    const epoch = head.split("-")[0];
    const socket = await dial("reader");
    for (const [after, reason] of [
      [other, "epoch"],
      ["k3f9x2ab-0", "epoch"],
      [`${epoch}-9007199254740991`, "ahead"],
    ] as const) {
      const gap = { after, reason };
      expect((await call("GET", at("messages", { after }), { token: apiKey })).body).toMatchObject({ gap });
      expect(await socket.request({ type: "history", after })).toMatchObject({ type: "ack", gap });
      expect((await knock(at("connect", { after }), { token: apiKey })).outcome).toBe("welcome");
    }
  });
});
