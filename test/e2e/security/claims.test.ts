import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { channelUrl, type Query } from "../../support/client.ts";
import type { History, Published } from "../../support/frames.ts";
import { knock } from "../../support/handshake.ts";
import { call } from "../../support/http.ts";
import { expectProblem } from "../../support/problem.ts";
import { apiKey, tokenFor, uniqueRoom } from "../../support/service.ts";
import { useSharedService } from "../../support/shared-service.ts";
import { until } from "../../support/until.ts";
import { RawSocket } from "./raw-socket.ts";

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
