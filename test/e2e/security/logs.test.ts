import { randomBytes } from "node:crypto";
import { expect, it } from "vitest";
import { channelUrl } from "../../support/client.ts";
import { knock } from "../../support/handshake.ts";
import { type Answer, call } from "../../support/http.ts";
import { rawCall } from "../../support/raw-http.ts";
import { uniqueRoom, useService } from "../../support/service.ts";
import { claimsOf, seconds, sign } from "../../support/tokens.ts";
import { until } from "../../support/until.ts";
import { RawSocket } from "./raw-socket.ts";

/** Stands in every secret, token and body here: wherever it comes up again, somebody has talked. */
const canary = `canary${randomBytes(6).toString("hex")}`;
const secret = `a-secret-of-more-than-32-bytes-${canary}`;
const key = `a-server-key-of-more-than-32-bytes-${canary}`;
const service = useService({ AUTH_SECRET: secret, API_KEY: key, LOG_LEVEL: "debug" });
const room = uniqueRoom("logs");

interface Line {
  event: string;
  [field: string]: unknown;
}

const tokenOf = (claims = {}) =>
  sign({
    claims: claimsOf("alice", { "room:*": ["subscribe", "publish"] }, { info: { name: canary }, ...claims }),
    secret,
  });
const url = (endpoint: string, id = room) => channelUrl(service.origin(), `room:${id}`, endpoint);

let lastMark = "Ready on";

/**
 * What `deed` made the server print: our own lines, parsed. Checks that whatever it printed keeps what was said to it.
 * The server's output is kept only in part, so a deed may cause some 30 lines.
 */
async function linesOf(deed: () => Promise<unknown>): Promise<Line[]> {
  await deed();
  const mark = uniqueRoom("mark");
  await call("GET", url("messages", mark), { token: "x" });
  await until(() => service.server.output.includes(`"id":"${mark}"`), { what: "the mark in the server's output" });
  const { output } = service.server;
  expect(output, "more lines than are kept").toContain(lastMark);
  const said = output.slice(output.indexOf(lastMark)).split("\n").slice(1);
  lastMark = mark;
  // Wrangler tells of every request by itself.
  const ours = said.filter((line) => line.trim() !== "" && !line.startsWith("[wrangler:info]"));
  for (const line of ours) {
    expect(line).not.toContain(canary);
    expect(line).not.toMatch(/eyJ|Bearer|^\s+at /);
  }
  return ours.map((line) => JSON.parse(line) as Line).filter(({ id }) => id !== mark);
}

it("LOG-1 a refused request is one line with code, status, method and kind of channel, without what was said", async () => {
  const answers: Answer[] = [];
  const lines = await linesOf(async () => {
    const ask = async (method: string, endpoint: string, options = {}) =>
      answers.push(await call(method, url(endpoint), { token: key, ...options }));
    for (const token of [
      canary,
      `${canary}.x.y`,
      tokenOf({ exp: seconds() - 1 }),
      tokenOf({ sub: `${canary}/` }),
      `${key}x`,
    ])
      await ask("GET", "messages", { token });
    await ask("GET", "messages", { token: undefined, headers: { authorization: `Basic ${canary}` } });
    await ask("GET", `messages?token=${canary}&limit=${canary}`);
    await ask("GET", `messages?after=${canary}`);
    await ask("POST", "messages", { body: `{"data":"${canary}` });
    await ask("POST", "messages", { body: { data: canary, event: `${canary} !` } });
    await ask("POST", "messages", { body: { data: canary.repeat(8_000) } });
    await ask("POST", "messages", { body: canary, headers: { "content-type": canary } });
    await ask("POST", "messages", { body: { data: 1, id: canary }, headers: { "idempotency-key": "other" } });
    await ask("DELETE", "messages", { token: tokenOf() });
  });
  expect(lines.map(({ event, code, status, method }) => [event, code, status, method])).toEqual(
    answers.map(({ body, status }, index) => {
      const method = index === 13 ? "DELETE" : index < 8 ? "GET" : "POST";
      return ["refused", body.code, status, method];
    }),
  );
  for (const line of lines) expect(line).toMatchObject({ channelKind: "room", id: room });
});

it("LOG-1 HTTP-2 a request for what is not there, or not in that way, is one line too", async () => {
  const lines = await linesOf(async () => {
    await call("GET", `${service.origin()}/v1/nothing`, { token: key });
    await call("GET", url("nothing"), { token: key });
    await call("PATCH", url("messages"), { token: key });
    await call("GET", url("connect"), { token: key });
  });
  expect(lines.map(({ code }) => code)).toEqual(["not_found", "not_found", "method_not_allowed", "upgrade_required"]);
});

it("LOG-1 a request that is served is none", async () => {
  const lines = await linesOf(async () => {
    await call("POST", url("messages"), { token: key, body: { data: canary, id: canary, event: canary } });
    await call("GET", url("messages"), { token: key });
    await call("POST", `${service.origin()}/v1/messages`, {
      token: key,
      body: { channels: [`room:${room}`], data: canary },
    });
    await call("POST", `${service.origin()}/v1/guests`);
  });
  expect(lines).toEqual([]);
});

it("LOG-1 a refused handshake is one line, whichever way it is answered", async () => {
  const lines = await linesOf(async () => {
    await knock(url("connect"), { token: canary });
    await knock(url("connect"), { protocols: ["edgewire.v1", `edgewire.token.${canary}`] });
    await knock(url("connect"), { token: tokenOf(), headers: { origin: `https://${canary}.example` } });
    await knock(`${url("connect")}?data=${canary}`, { token: tokenOf() });
    await knock(`${url("connect")}?user=${canary}`, { token: tokenOf() });
    await knock(`${url("connect")}?ticket=${canary}&token=${canary}`, {});
    await knock(url("connect"), { token: tokenOf(), protocols: [canary] });
  });
  expect(lines.map(({ event, status }) => [event, status])).toEqual(
    [401, 401, 403, 400, 403, 401, 400].map((status) => ["refused", status]),
  );
});

it("LOG-1 a close that the client did not ask for is one line, frames are none", async () => {
  const closes: [number, (socket: RawSocket) => void][] = [
    [4400, (socket) => Array.from({ length: 20 }, () => socket.send(`{"type":"${canary}"}`))],
    [1009, (socket) => socket.send(canary.repeat(12_000))],
    [4429, (socket) => Array.from({ length: 100 }, () => socket.send({ type: "auth", token: `${canary}.x.y` }))],
  ];
  for (const [code, deed] of closes) {
    const lines = await linesOf(async () => {
      const socket = new RawSocket(service.origin(), `room:${room}`, {
        token: tokenOf(),
        query: { data: `"${canary}"` },
      });
      await socket.welcome();
      await socket.request({ type: "publish", data: canary, id: `${canary}${code}` });
      await socket.request({ type: "publish", data: "other", id: `${canary}${code}` });
      await socket.request({ type: "history" });
      deed(socket);
      expect((await socket.closed).code).toBe(code);
    });
    expect(lines).toEqual([
      expect.objectContaining({
        event: "closed",
        closeCode: code,
        channelKind: "room",
        channel: `room:${room}`,
        user: "alice",
      }),
    ]);
  }
  const quiet = await linesOf(async () => {
    const socket = new RawSocket(service.origin(), `room:${room}`, { token: tokenOf() });
    await socket.welcome();
    await socket.request({ type: "publish", data: canary });
    await socket.request({ type: "leave" });
    await socket.closed;
  });
  expect(quiet).toEqual([]);
});

it("LOG-1 an id cannot end a line or begin another: CR, LF and quotes in it are escaped", async () => {
  const ids = [
    "a%0D%0A%7B%22event%22:%22forged%22%7D",
    "a%0Ab",
    "a%0Db",
    "a%22,%22event%22:%22forged",
    "a%E2%80%A8b",
    "a%5Cnb",
    "%1B[31mred",
  ];
  const lines = await linesOf(async () => {
    for (const id of ids)
      await rawCall(service.origin(), {
        method: "GET",
        path: `/v1/rooms/${id}/messages`,
        headers: [`Authorization: Bearer ${key}`],
      });
  });
  expect(lines).toHaveLength(ids.length);
  for (const line of lines) {
    expect(line).toMatchObject({ event: "refused", code: "bad_id" });
    expect([...String(line.id)].filter((letter) => letter < " ")).toEqual([]);
  }
});
