import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Edgewire, type HistoryPage, type Message, type Receipt, type Room } from "../../src/client/index.ts";
import { TcpProxy } from "../fault/proxy/proxy.ts";
import { randomFrom } from "../support/random.ts";
import { type Server, startServer } from "../support/server.ts";
import { claimsOf, seconds, sign } from "../support/tokens.ts";
import { until } from "../support/until.ts";

const AUTH_SECRET = "e2e-auth-secret-of-more-than-32-bytes";
const FAULTS = 1000;
const KILLS = 6;
const CHANGES = 50;
const CLIENTS = 12;
const SEED = Number(process.env.SEED ?? Date.now() % 100_000);

let server: Server;

beforeAll(async () => {
  server = await startServer({ vars: { AUTH_SECRET, PUBLISH_RATE: "0", DENIED_PER_MINUTE: "0" } });
});

afterAll(async () => {
  await server?.stop();
});

const tokenFor = (user: string) =>
  sign({ claims: claimsOf(user, { "room:*": ["*"] }, { iat: seconds() - 1 }), secret: AUTH_SECRET });

/** A browser's network that lets only some transports through. */
class Network {
  readonly blocked = new Set<string>();
  changes = 0;
  readonly fetch: typeof fetch = (input, init) => {
    const endpoint = /\/(events|poll)\?/.exec(String(input))?.[1];
    return endpoint !== undefined && this.blocked.has(endpoint)
      ? Promise.reject(new TypeError("blocked"))
      : fetch(input, init);
  };
  readonly WebSocket: typeof WebSocket;

  constructor() {
    const { blocked } = this;
    this.WebSocket = class extends WebSocket {
      constructor(...[url, protocols]: ConstructorParameters<typeof WebSocket>) {
        super(blocked.has("connect") ? "ws://127.0.0.1:1" : url, protocols);
      }
    };
  }
}

interface Client {
  readonly user: string;
  readonly room: Room<{ n: number }>;
  readonly wire: Edgewire;
  readonly network: Network;
  readonly proxy: TcpProxy;
  readonly heard: Message[];
  readonly published: Promise<Receipt>[];
  settled: number;
  gaps: number;
}

async function join(user: string, after: string, random: () => number): Promise<Client> {
  const network = new Network();
  const proxy = await TcpProxy.start({ target: () => server.url });
  const wire = new Edgewire({
    url: proxy.url,
    token: () => tokenFor(user),
    ...{ fetch: network.fetch, WebSocket: network.WebSocket },
    // The same backoff, a hundredth as long: a thousand faults are to fit into half a minute.
    random: () => random() / 100,
  });
  const room = wire.room<{ n: number }>("storm", { after });
  const client: Client = { user, room, wire, network, proxy, heard: [], published: [], settled: 0, gaps: 0 };
  let transport = "";
  room.on("message", (message) => void client.heard.push(message as Message));
  room.on("gap", () => void client.gaps++);
  room.on("state", (state) => {
    if (state.name !== "connected" || state.transport === transport) return;
    if (transport !== "") network.changes++;
    transport = state.transport;
  });
  return client;
}

async function logAfter(start: string): Promise<Message[]> {
  const messages: Message[] = [];
  let after = start;
  for (;;) {
    const page = await pageAfter(after);
    messages.push(...page.messages);
    if (!page.more) return messages;
    after = page.cursor;
  }
}

async function pageAfter(after: string): Promise<HistoryPage> {
  const query = after === "" ? "limit=1" : `limit=1000&after=${after}`;
  const headers = { authorization: `Bearer ${tokenFor("reader")}` };
  const response = await fetch(`${server.url}/v1/rooms/storm/messages?${query}`, { headers });
  expect(response.status).toBe(200);
  return (await response.json()) as HistoryPage;
}

test(`C3, RESUME-2 ${FAULTS} cuts, kills and changes of transport: every message once, in order; every publish settled once (seed ${SEED})`, async () => {
  const random = randomFrom(SEED);
  const start = (await pageAfter("")).cursor;
  const names = Array.from({ length: CLIENTS }, (_, index) => `user-${index}`);
  const clients = await Promise.all(names.map((user) => join(user, start, random)));
  let isOver = false;
  const talk = async (client: Client) => {
    while (!isOver) {
      const receipt = client.room.publish({ n: client.published.length });
      client.published.push(receipt);
      receipt.finally(() => void client.settled++).catch(() => {});
      await pause(200 + random() * 300);
    }
  };
  const talking = clients.map(talk);

  const done = { cuts: 0, kills: 0 };
  const changes = () => clients.reduce((sum, { network }) => sum + network.changes, 0);
  const faults = () => done.cuts + done.kills + changes();
  const disturb = async (client: Client) => {
    while (!isOver) {
      await pause(random() * 200);
      const { network, proxy } = client;
      const { changes } = network;
      const isBlocking = random() < 0.25;
      if (isBlocking) {
        // One way in stays open, another each time.
        network.blocked.clear();
        const open = ["connect", "events", "poll"][Math.floor(random() * 3)];
        for (const way of ["connect", "events", "poll"]) if (way !== open) network.blocked.add(way);
      }
      if (proxy.cut() > 0) done.cuts++;
      const end = performance.now() + 600;
      while (isBlocking && changes === network.changes && performance.now() < end) await pause(20);
    }
  };
  const disturbing = clients.map(disturb);
  while (faults() < FAULTS || done.kills < KILLS || changes() < CHANGES) {
    await pause(500);
    if (done.kills < KILLS && faults() >= ((done.kills + 1) * FAULTS) / (KILLS + 1)) {
      await server.restart();
      done.kills++;
    }
  }
  isOver = true;
  await Promise.all([...talking, ...disturbing]);
  for (const { network } of clients) network.blocked.clear();
  const last = () => clients.map(({ settled, published }) => `${settled}/${published.length}`).join(" ");
  await until(() => clients.every(({ settled, published }) => settled === published.length), {
    what: () => `every publish is settled: ${last()}`,
    timeout: 30_000,
  });
  const log = await logAfter(start);
  await until(() => clients.every(({ heard }) => (heard.at(-1)?.seq ?? 0) >= log.length), {
    what: () => `everybody has heard ${log.length}: ${clients.map(({ heard }) => heard.at(-1)?.seq).join(" ")}`,
    timeout: 30_000,
  });

  console.log(`seed ${SEED}: ${done.cuts} cuts, ${done.kills} kills, ${changes()} changes, ${log.length} messages`);
  for (const { user, heard, published, gaps, wire } of clients) {
    expect(gaps).toBe(0);
    expect(heard).toEqual(log);
    const own = log.filter((message) => message.user === user);
    expect(own.map(({ data }) => (data as { n: number }).n)).toEqual(published.map((_, n) => n));
    const receipts = await Promise.all(published);
    expect(receipts.map(({ seq, id }) => `${seq} ${id}`)).toEqual(own.map(({ seq, id }) => `${seq} ${id}`));
    wire.close();
  }
  await Promise.all(clients.map(({ proxy }) => proxy.stop()));
}, 120_000);
