import { afterEach, beforeEach, expect, it } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { Listeners } from "../../bench/load/listeners.ts";
import { payloadText } from "../../bench/load/marker.ts";

let server: WebSocketServer;
/** What comes to the server, in order: the socket, and after which cursor it wants to begin. */
let come: { socket: WebSocket; after: string | null }[];
let hasCome: () => void;

beforeEach(async () => {
  come = [];
  hasCome = () => {};
  server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false });
  server.on("connection", (socket, { url }) => {
    come.push({ socket, after: new URL(url ?? "", "http://localhost").searchParams.get("after") });
    hasCome();
  });
  await new Promise((resolve) => server.once("listening", resolve));
});

afterEach(() => {
  for (const socket of server.clients) socket.terminate();
  server.close();
});

/** The socket that is the `nth` to come. */
async function came(nth: number) {
  while (come.length <= nth) await new Promise<void>((resolve) => (hasCome = resolve));
  return come[nth] as (typeof come)[0];
}

const welcome = (seq: number, resume = "live") =>
  JSON.stringify({ type: "welcome", resume, cursor: `epoch0000-${seq}` });

const messages = (...counts: number[]) =>
  JSON.stringify({
    type: "messages",
    messages: counts.map((count) => ({ seq: count + 1, data: payloadText(0, count) })),
  });

/** One listener who is in. */
async function listen(comeBackWithin: number | null = null) {
  const live: number[] = [];
  const { port } = server.address() as { port: number };
  const target = { port, serverPid: 0, apiKey: "", authSecret: "", dialect: "edgewire" as const };
  const listeners = new Listeners({ target, room: "lobby", comeBackWithin, onLive: (count) => live.push(count) });
  const opened = listeners.open(1);
  const { socket } = await came(0);
  socket.send(welcome(0));
  await opened;
  return { listeners, live, socket, read: (many: number) => until(() => listeners.frames === many) };
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}

it.each([
  ["everything once and in order", [[0, 1], [2], [3]], { lost: 0, doubled: 0, reordered: 0 }],
  ["nothing at all", [], { lost: 4, doubled: 0, reordered: 0 }],
  ["one never", [[0], [2, 3]], { lost: 1, doubled: 0, reordered: 0 }],
  ["not the last", [[0, 1, 2]], { lost: 1, doubled: 0, reordered: 0 }],
  ["one twice", [[0, 1], [1], [2, 3]], { lost: 0, doubled: 1, reordered: 0 }],
  ["two in the wrong order", [[0, 2, 1], [3]], { lost: 0, doubled: 0, reordered: 1 }],
])("a listener who gets %s", async (_what, frames, counts) => {
  const { listeners, socket, read } = await listen();
  for (const counts of frames) socket.send(messages(...counts));
  await read(frames.length + 1);
  expect(listeners.finish(4)).toMatchObject({ ...counts, deliveries: frames.flat().length });
  expect(listeners.faults).toHaveLength(Object.values(counts).some((count) => count > 0) ? 1 : 0);
});

it("who is cut off comes back after what they had, and has caught up when they have what was there then", async () => {
  const { listeners, live, socket, read } = await listen(1);
  socket.send(messages(0, 1));
  await read(2);
  socket.terminate();
  const { socket: again, after } = await came(1);
  expect(after).toBe("epoch0000-2");
  again.send(welcome(4, "replay"));
  again.send(messages(2));
  again.send(messages(3));
  again.send(messages(4));
  await read(6);
  expect(live).toEqual([0, 1, 4]);
  const { cut, resumed, lost, doubled, resumes, caughtUp } = listeners.finish(5);
  expect({ cut, resumed, lost, doubled, resumes }).toEqual({
    ...{ cut: 1, resumed: 1, lost: 0, doubled: 0 },
    resumes: { replay: 1 },
  });
  expect(caughtUp.most).toBeGreaterThan(0);
  expect(listeners.faults).toEqual([]);
});

it.each([
  ["is told of a gap", [welcome(4, "gap"), '{"type":"gap","after":"epoch0000-2"}']],
  ["is told that nothing is missing", [welcome(4, "live")]],
])("who comes back and %s when it is not so is a fault", async (_what, frames) => {
  const { listeners, socket, read } = await listen(1);
  socket.send(messages(0, 1));
  await read(2);
  socket.terminate();
  const { socket: again } = await came(1);
  for (const frame of frames) again.send(frame);
  await read(2 + frames.length);
  expect(listeners.faults).not.toEqual([]);
  listeners.finish(2);
});

it("who is cut off where nobody is to be is a fault", async () => {
  const { listeners, socket } = await listen();
  socket.terminate();
  await until(() => listeners.faults.length > 0);
  expect(come).toHaveLength(1);
});
