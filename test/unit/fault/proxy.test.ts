/** The TCP proxy of the fault runs breaks what it says it breaks, and nothing else. */
import { connect, createServer, type Socket } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { TcpProxy } from "../../fault/proxy/proxy.ts";
import { until } from "../../support/until.ts";

const BYTES = Buffer.from(Array.from({ length: 5000 }, (_, index) => index % 251));

/** One end of a connection: what came, and how it ended. */
interface End {
  readonly socket: Socket;
  readonly pieces: Buffer[];
  ended: string | null;
}

let proxy: TcpProxy;
let stopServer: () => void;
let far: End[];
let ends: End[];

beforeEach(async () => {
  far = [];
  ends = [];
  const server = createServer((socket) => void far.push(endOf(socket)));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  stopServer = () => server.close();
  proxy = await TcpProxy.start({ target: () => `http://127.0.0.1:${port}`, seed: 1 });
});

afterEach(async () => {
  for (const { socket } of ends) socket.destroy();
  await proxy.stop();
  stopServer();
});

function endOf(socket: Socket): End {
  const end: End = { socket, pieces: [], ended: null };
  ends.push(end);
  socket.on("data", (bytes) => void end.pieces.push(bytes));
  socket.on("end", () => {
    end.ended ??= "end";
  });
  socket.on("error", () => {
    end.ended ??= "reset";
  });
  return end;
}

const bytesOf = ({ pieces }: End) => Buffer.concat(pieces);
const has = (end: End, length: number) =>
  until(() => bytesOf(end).length >= length, { what: () => `${length} bytes, not ${bytesOf(end).length}`, every: 1 });
const hasEnded = (end: End) => until(() => end.ended, { what: "the end of a connection", every: 1 });

/** A connection through the proxy, and its other end. */
async function open(): Promise<{ near: End; other: End }> {
  const { port } = new URL(proxy.url);
  const near = endOf(connect({ port: Number(port), host: "127.0.0.1" }));
  const other = await until(() => far.at(-1), { what: "the server has the connection", every: 1 });
  return { near, other };
}

test("passes on what comes, in both directions, and each end's end", async () => {
  const { near, other } = await open();
  near.socket.write(BYTES);
  other.socket.end(BYTES);
  await Promise.all([has(near, BYTES.length), has(other, BYTES.length)]);
  expect(bytesOf(near)).toEqual(BYTES);
  expect(bytesOf(other)).toEqual(BYTES);
  expect(await hasEnded(near)).toBe("end");
  expect(proxy.passed).toEqual({ up: BYTES.length, down: BYTES.length });
});

test.each([
  ["up", "reset"],
  ["up", "end"],
  ["down", "reset"],
  ["down", "end"],
] as const)("after exactly so many bytes %s comes the %s, once", async (direction, ending) => {
  proxy.budget = { direction, bytes: 1234, ending };
  const { near, other } = await open();
  const [sender, receiver] = direction === "up" ? [near, other] : [other, near];
  sender.socket.write(BYTES);
  expect(await hasEnded(receiver)).toBe(ending);
  expect(bytesOf(receiver)).toEqual(BYTES.subarray(0, 1234));
  expect(proxy.isSpent).toBe(true);
  far.length = 0;
  const again = await open();
  again.near.socket.write(BYTES);
  await has(again.other, BYTES.length);
});

test("what is not counted passes beside a budget, and not when that is used up", async () => {
  const { near, other } = await open();
  proxy.uncounted = Buffer.from("::");
  proxy.budget = { direction: "up", bytes: 5, ending: "end" };
  near.socket.write("::ab::cd::");
  await has(other, 10);
  near.socket.write("e::f::");
  await hasEnded(other);
  expect(String(bytesOf(other))).toBe("::ab::cd::e");
  expect(proxy.passed.up).toBe(5);
});

test("what is silent one way is not so the other way, and nobody is told", async () => {
  const { near, other } = await open();
  near.socket.write("a");
  await has(other, 1);
  expect(proxy.blacken(["up"])).toBe(1);
  near.socket.write("b");
  other.socket.write("c");
  await has(near, 1);
  near.socket.end();
  other.socket.write("d");
  await has(near, 2);
  expect([String(bytesOf(other)), other.ended]).toEqual(["a", null]);
  proxy.heal();
  expect(await hasEnded(other)).toBe("reset");
});

test("what stands still comes later, whole, and its sender is made to wait", async () => {
  const { near, other } = await open();
  near.socket.write("a");
  await has(other, 1);
  proxy.stall(60_000, ["up"]);
  const much = Buffer.alloc(64 * 1024 * 1024, 1);
  expect(near.socket.write(much)).toBe(false);
  other.socket.write("other way");
  await has(near, 9);
  expect(bytesOf(other).length).toBe(1);
  expect(near.socket.writableLength).toBeGreaterThan(0);
  proxy.heal();
  await has(other, 1 + much.length);
});

test("trickles and delays keep every byte and their order", async () => {
  Object.assign(proxy.weather, { latency: 1, jitter: 5, trickles: true });
  const { near, other } = await open();
  for (let at = 0; at < BYTES.length; at += 100) near.socket.write(BYTES.subarray(at, at + 100));
  await has(other, BYTES.length);
  expect(bytesOf(other)).toEqual(BYTES);
});

test("while there is no server, who comes is reset", async () => {
  const lonely = await TcpProxy.start({
    target: () => {
      throw new Error("none");
    },
  });
  const { port } = new URL(lonely.url);
  expect(await hasEnded(endOf(connect({ port: Number(port), host: "127.0.0.1" })))).toBe("reset");
  await lonely.stop();
});
