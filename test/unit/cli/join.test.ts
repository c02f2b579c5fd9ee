import { type ChildProcess, spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer as createHttpServer, type Server } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { until } from "../../support/until.ts";

const program = fileURLToPath(new URL("../../../src/cli/join.ts", import.meta.url));
const secret = "a secret of at least thirty-two bytes";
const epoch = "k3f9x2ab";

interface Visit {
  socket: WebSocket;
  url: string;
  token: string;
  /** What the client sends, in order; waits for the next. */
  next(): Promise<Record<string, unknown>>;
}

let server: Server | undefined;
let sockets: WebSocketServer | undefined;
let child: ChildProcess | undefined;

afterEach(() => {
  child?.kill("SIGKILL");
  for (const socket of sockets?.clients ?? []) socket.terminate();
  server?.close();
});

/** A service in which the test plays the room: `visits()` waits for the next connection. Its history ends at `head`. */
async function startService(head: number) {
  server = createHttpServer((_request, response) => {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ messages: head === 0 ? [] : [{ seq: head }] }));
  });
  sockets = new WebSocketServer({ server, handleProtocols: () => "edgewire.v1" });
  server.listen(0, "127.0.0.1");
  const visits = queue<Visit>();
  sockets.on("connection", (socket, request) => {
    const frames = queue<Record<string, unknown>>();
    socket.on("message", (data) => {
      if (String(data) === "ping") socket.send("pong");
      else frames.put(JSON.parse(String(data)));
    });
    const [, token = ""] = (request.headers["sec-websocket-protocol"] ?? "").split(/, ?edgewire\.token\./);
    visits.put({ socket, url: request.url ?? "", token, next: frames.take });
  });
  await once(server, "listening");
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, visits: visits.take };
}

function queue<Item>() {
  const items: Item[] = [];
  const waiting: ((item: Item) => void)[] = [];
  return {
    put(item: Item) {
      const taker = waiting.shift();
      if (taker === undefined) items.push(item);
      else taker(item);
    },
    take: () => {
      const item = items.shift();
      return item === undefined ? new Promise<Item>((resolve) => waiting.push(resolve)) : Promise.resolve(item);
    },
  };
}

/** Runs the program with `input` piped in. */
function join(args: string[], input: string) {
  const running = spawn(process.execPath, [program, ...args], { env: { ...process.env, AUTH_SECRET: secret } });
  child = running;
  let stdout = "";
  let stderr = "";
  running.stdout.on("data", (chunk) => {
    stdout += chunk;
  });
  running.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  running.stdin.end(input);
  return {
    running,
    printed: (text: string) => until(() => stdout.includes(text), { what: () => `it prints ${text}` }),
    ended: once(running, "close").then(([code]) => ({ code, stdout, stderr })),
  };
}

const say = ({ socket }: Visit, frame: object) => socket.send(JSON.stringify(frame));
const welcome = (cursor: string, resume: string) => ({
  type: "welcome",
  protocol: 1,
  channel: "room:lobby",
  connection: "c1",
  user: "alice",
  cursor,
  resume,
  at: 0,
  expires: null,
  heartbeat: { every: 30_000, timeout: 100_000 },
  limits: { data: 65_536, publish: { rate: 50, burst: 100 }, signal: { rate: 100 } },
  features: [],
  presence: { count: 1, members: [{ user: "alice", data: null, since: 0, connections: 1 }] },
});
const message = (seq: number, user: string, text: string, id = `${seq}`) => ({
  type: "messages",
  messages: [{ seq, id, user, at: 0, event: "message", data: { text } }],
});

describe("piped input", () => {
  test("arrives in order and once, through a lost connection, and nothing from the network drives the terminal", async () => {
    const service = await startService(3);
    const { ended, printed } = join(["lobby", "alice", "--url", service.url], "one\ntwo\n");

    const first = await service.visits();
    expect(first.url).toBe("/v1/rooms/lobby/connect?rewind=10&presence=members&acks=batch");
    const [header, claims = "", signature] = first.token.split(".");
    expect(createHmac("sha256", secret).update(`${header}.${claims}`).digest("base64url")).toBe(signature);
    expect(JSON.parse(Buffer.from(claims, "base64url").toString())).toMatchObject({
      sub: "alice",
      capabilities: { "room:lobby": ["subscribe", "history", "publish", "presence"] },
    });
    say(first, welcome(`${epoch}-1`, "replay"));
    say(first, message(1, "bob", "\x1b[2Jhi\nalice: forged"));
    const [one, two] = [await first.next(), await first.next()];
    expect(one).toEqual({ type: "publish", ref: one.id, id: one.id, event: "message", data: { text: "one" } });
    expect(two).toMatchObject({ type: "publish", data: { text: "two" } });
    await printed("forged");
    first.socket.terminate();

    const second = await service.visits();
    expect(second.url).toBe(`/v1/rooms/lobby/connect?after=${epoch}-1&presence=members&acks=batch`);
    say(second, welcome(`${epoch}-2`, "replay"));
    // It was stored, though its acknowledgement was lost: it comes back, and is not sent again.
    say(second, message(2, "alice", "one", String(one.id)));
    expect(await second.next()).toEqual(two);
    say(second, { type: "acks", acks: [{ ref: two.ref, seq: 3, cursor: `${epoch}-3`, id: two.id, at: 0 }] });
    say(second, message(2, "alice", "one"));
    say(second, message(3, "alice", "two"));
    expect(await second.next()).toEqual({ type: "leave" });
    second.socket.close(1000);

    expect(await ended).toEqual({
      code: 0,
      stdout: [
        "You are alice in room:lobby. Here: alice.",
        "bob: [2Jhi alice: forged",
        "Connection lost (code 1006); coming back.",
        "Connected again.",
        "alice: one",
        "alice: two",
        "",
      ].join("\n"),
      stderr: "",
    });
  });

  test("a close that is final ends it, with the reason", async () => {
    const service = await startService(0);
    const { ended } = join(["lobby", "--token", "a.b.c", "--url", service.url], "");
    const visit = await service.visits();
    expect(visit.token).toBe("a.b.c");
    visit.socket.close(4403, "forbidden");
    expect(await ended).toEqual({
      code: 1,
      stdout: "",
      stderr: "The service has closed the connection for good (4403 forbidden).\n",
    });
  });
});

test("a signal makes it leave", async () => {
  const service = await startService(0);
  const { running, ended } = join(["lobby", "alice", "--url", service.url], "hello\n");
  const visit = await service.visits();
  say(visit, welcome(`${epoch}-0`, "live"));
  await visit.next();
  running.kill("SIGTERM");
  expect(await visit.next()).toEqual({ type: "leave" });
  visit.socket.close(1000);
  expect(await ended).toMatchObject({ code: 1, stdout: expect.stringContaining("Left; 1 line is not confirmed.") });
});

test("a service that is not there yet is tried again", async () => {
  const reserved = createServer().listen(0, "127.0.0.1");
  await once(reserved, "listening");
  const { port } = reserved.address() as AddressInfo;
  await new Promise((resolve) => reserved.close(resolve));
  const { running, ended } = join(["lobby", "alice", "--url", `http://127.0.0.1:${port}`, "--rewind", "0"], "");
  await once(running.stdout, "data");
  running.kill("SIGINT");
  expect(await ended).toEqual({
    code: 0,
    stdout: "No connection yet (1006 unreachable); trying again.\n",
    stderr: "",
  });
});

test("wrong arguments are one sentence and the usage", async () => {
  expect(await join(["lobby", "alice", "--rewnd", "1"], "").ended).toEqual({
    code: 2,
    stdout: "",
    stderr: expect.stringMatching(/^Unknown option '--rewnd'\.\nusage: npm run join .*\n$/),
  });
});
