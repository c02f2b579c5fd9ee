/**
 * The connections of a session of 50 messages are cut after exactly so many bytes, in one direction, at every position
 * there is: whoever reads comes to all messages once and in order, and what is published is in the log once. All readers
 * of a round follow the same 50 messages, each cut elsewhere.
 */
import { setTimeout as pause } from "node:timers/promises";
import { positionOf } from "../../../support/frames.ts";
import { until } from "../../../support/until.ts";
import type { TransportName } from "../../clients/line.ts";
import type { Direction, TcpProxy } from "../../proxy/proxy.ts";
import { type Room, Stage } from "../stage.ts";
import type { Round, Scenario } from "./scenario.ts";
import { onStage } from "./staged.ts";

const MESSAGES = 50;
/** ms between two, so that each is delivered by itself. */
const PACE = 15;
/** Sessions of writers at the same time. */
const LANES = 12;
/** Compact, so that there are fewer positions. */
const HABITS = { http: 0, array: 0, twice: 0, largest: 1, pause: 10 };

const WAYS = ["read ws", "read sse", "read poll", "write ws", "write http"] as const;
type Way = (typeof WAYS)[number];
const DIRECTIONS = ["up", "down"] as const;

/** Bytes of a whole session, by way and direction. */
type Lengths = Readonly<Record<Way, Readonly<Record<Direction, number>>>>;

interface Position {
  readonly way: Way;
  readonly direction: Direction;
  readonly bytes: number;
}

export const positions: Scenario = {
  name: "positions",
  about: "a session of 50 messages is cut after every byte, up and down: reading on three transports, writing on two",
  servers: ["workerd"],
  // Positions of each way and direction.
  sizes: { short: 3, usual: 50, long: 150 },
  async play(round) {
    const lengths = await measure(round);
    const all = WAYS.flatMap((way) =>
      DIRECTIONS.flatMap((direction) =>
        chosen(round, lengths[way][direction]).map((bytes): Position => ({ way, direction, bytes })),
      ),
    );
    const outcome = await onStage(
      { server: round.server, seed: round.seed, rooms: 1, habits: HABITS },
      async (stage) => {
        const proxies = await session(stage, all);
        for (const [{ way, direction }, proxy] of proxies) if (proxy.isSpent) stage.fault(`cut ${way} ${direction}`);
      },
    );
    const lengthOf = (way: Way) => DIRECTIONS.map((direction) => `${lengths[way][direction]} ${direction}`).join(", ");
    const whole = WAYS.map((way) => `${way} ${lengthOf(way)}`).join("; ");
    return { ...outcome, report: outcome.report && `${outcome.report}\nbytes of whole sessions: ${whole}` };
  },
};

/** The next positions of a long run, which begins again behind the last; or a sample. */
function chosen({ isLong, nth, size, random }: Round, length: number): number[] {
  if (!isLong) return Array.from({ length: size }, () => random.below(length));
  const first = (nth * size) % (Math.ceil(length / size) * size);
  return Array.from({ length: Math.min(size, length - first) }, (_, index) => first + index);
}

/** One session of each way that nobody disturbs. */
async function measure({ server, seed }: Round): Promise<Lengths> {
  const stage = await Stage.set({ server, seed, rooms: 1, habits: HABITS });
  try {
    const unlimited = Number.MAX_SAFE_INTEGER;
    const proxies = await session(
      stage,
      WAYS.map((way) => ({ way, direction: "up", bytes: unlimited })),
    );
    return Object.fromEntries([...proxies].map(([{ way }, { passed }]) => [way, { ...passed }])) as unknown as Lengths;
  } finally {
    await stage.strike(false);
  }
}

/** Plays a session for each of them, until all is read and written. */
async function session(stage: Stage, all: readonly Position[]): Promise<Map<Position, TcpProxy>> {
  const [room] = stage.rooms as [Room];
  const proxies = new Map<Position, TcpProxy>();
  const give = (position: Position, proxy: TcpProxy) => {
    const { direction, bytes } = position;
    proxies.set(position, proxy);
    proxy.budget = { direction, bytes, ending: stage.pick(["reset", "end"]) };
  };
  const readers = all.filter(({ way }) => way.startsWith("read"));
  for (const position of readers) {
    const transport = position.way.slice("read ".length) as TransportName;
    await stage.cast.addRaw(room, { transports: [transport], user: "reader", begun: (proxy) => give(position, proxy) });
  }
  await stage.cast.settle();
  const { writer } = await stage.cast.addWriter(room);
  for (let count = 0; count < MESSAGES && readers.length > 0; count++) {
    writer.act();
    await pause(PACE);
  }
  await until(() => writer.pending === 0, { what: "all is written" });
  await reachHead(stage);
  // Those that write are many: the readers need not follow them too.
  for (const client of stage.cast.raw) client.leave();
  const lanes = Array.from({ length: LANES }, (_, lane) =>
    all.filter(({ way }, index) => way.startsWith("write") && index % LANES === lane),
  );
  await Promise.all(
    lanes.map(async (lane) => {
      for (const position of lane) await write(stage, room, position, (proxy) => give(position, proxy));
    }),
  );
  return proxies;
}

async function write(stage: Stage, room: Room, { way }: Position, begun: (proxy: TcpProxy) => void): Promise<void> {
  if (way === "write http") {
    const { writer, proxy } = await stage.cast.addWriter(room, { array: 1, longest: 2 * MESSAGES });
    begun(proxy);
    while (writer.count < MESSAGES) writer.act();
    return void (await until(() => writer.pending === 0, { what: "a request is answered" }));
  }
  const client = await stage.cast.addRaw(room, { transports: ["ws"], user: "writer", begun });
  await until(() => client.isOpen, { what: "the writer is connected" });
  const publisher = stage.cast.publisherOf(client);
  for (let count = 0; count < MESSAGES; count++) publisher.act();
  await until(() => publisher.pending === 0, { what: "all frames are answered" });
  client.leave();
}

/** Everybody has what was written. */
async function reachHead(stage: Stage): Promise<void> {
  const seqs = () => stage.cast.raw.map(({ cursor }) => positionOf(cursor ?? "nowhere0-0").seq);
  await until(() => seqs().every((seq) => seq >= MESSAGES), { what: () => `everybody is at the head: ${seqs()}` });
}
