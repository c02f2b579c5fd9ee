/**
 * Sessions of 50 messages, byte for byte alike: names, ids and numbers of the same length, the same choices, pings by the
 * count of messages and not by the clock, and no message before all have come to the one before. So the n-th byte of one is
 * the n-th of all, until it is cut.
 */
import { setTimeout as pause } from "node:timers/promises";
import { positionOf } from "../../../../support/frames.ts";
import { until } from "../../../../support/until.ts";
import type { Client } from "../../../clients/client.ts";
import type { TransportName } from "../../../clients/line.ts";
import type { TcpProxy } from "../../../proxy/proxy.ts";
import { Random } from "../../../random.ts";
import type { RawOptions } from "../../cast.ts";
import type { Room, Stage } from "../../stage.ts";
import type { Direction, Position, Way } from "./plan.ts";

/** A session to play; without a position it is not disturbed. */
export type Session = Pick<Position, "way"> & { readonly cut: Position | null };

export interface Played {
  readonly proxy: TcpProxy;
  /** Bytes, when its messages were over. */
  passed: Readonly<Record<Direction, number>>;
}

const MESSAGES = 50;
/** Who polls is told of so many at a time. */
const POLLED = 10;
/** Readers of one room: so few that all come to a message within some ms. */
const READERS = 100;
/** Sessions of writers at the same time. */
const LANES = 12;
/** Sessions of writers in one room, whose log begins with as many messages that all seqs have three digits. */
const WRITERS = 17;
const WARMING = 100;
/** What a stream says once a second, by the clock: it is not counted. As a chunk of HTTP/1.1. */
const COMMENT = Buffer.from("3\r\n:\n\n\r\n");
/** ms until what follows the last message has passed: a pong; the next poll. */
const REST = 300;

class Steady extends Random {
  override fraction(): number {
    return 0.75;
  }
}

/** Compact, so that there are fewer positions; with a `longest` of which a steady choice makes `POLLED` messages. */
export const HABITS = { http: 0, array: 0, twice: 0, largest: 1, pause: 10 };
const TOGETHER = { array: 1, longest: 12 };
const STEADY: Partial<RawOptions> = { random: new Steady(0), beat: 1e9 };

/** What belongs in one room. */
interface Group {
  readonly sessions: readonly Session[];
  play(stage: Stage, room: Room, group: Group, give: Give): Promise<void>;
}

type Give = (session: Session, proxy: TcpProxy) => Played;

export class Sessions {
  readonly played = new Map<Session, Played>();
  readonly #streams: readonly Group[];
  readonly #polls: readonly Group[];
  readonly #writers: readonly Group[];

  constructor(all: readonly Session[]) {
    const of = (...ways: Way[]) => all.filter(({ way }) => ways.includes(way));
    const groups = (sessions: Session[], size: number, play: Group["play"]) =>
      chunks(sessions, size).map((chunk): Group => ({ sessions: chunk, play }));
    const writers = of("write ws", "write http");
    this.#streams = groups(of("read ws", "read sse"), READERS, (...given) => read(1, ...given));
    this.#polls = groups(of("read poll"), READERS, (...given) => read(POLLED, ...given));
    this.#writers = groups(writers, Math.min(WRITERS, Math.ceil(writers.length / LANES)), write);
  }

  /** How many rooms the stage must have. */
  get rooms(): number {
    return this.#streams.length + this.#polls.length + this.#writers.length;
  }

  async play(stage: Stage): Promise<void> {
    const rooms = [...stage.rooms];
    const give: Give = (session, proxy) => {
      const played = { proxy, passed: proxy.passed };
      this.played.set(session, played);
      const { cut } = session;
      if (cut !== null) proxy.budget = { ...cut, ending: stage.pick(["reset", "end"]) };
      return played;
    };
    const inTurn = async (groups: Group[]) => {
      for (let group = groups.shift(); group !== undefined; group = groups.shift())
        await group.play(stage, rooms.pop() as Room, group, give);
    };
    const writers = [...this.#writers];
    await Promise.all([
      // Who polls waits most of the time.
      inTurn([...this.#polls]),
      inTurn([...this.#streams]).then(() => Promise.all(Array.from({ length: LANES }, () => inTurn(writers)))),
    ]);
  }
}

/** All follow the same messages, each cut elsewhere. @param together messages that are sent at once */
async function read(together: number, stage: Stage, room: Room, { sessions }: Group, give: Give): Promise<void> {
  const begin = async (session: Session) => {
    const transport = session.way.slice("read ".length) as TransportName;
    let played!: Played;
    const begun = (proxy: TcpProxy, reader: Client) => {
      played = give(session, proxy);
      proxy.uncounted = COMMENT;
      reader.cursor = room.start;
    };
    // A member that polled is one for seconds after it has left.
    const [user, member] = [`reader-${endOf(room)}`, transport !== "poll"];
    const client = await stage.cast.addRaw(room, { ...STEADY, transports: [transport], user, member, begun });
    return { session, client, played };
  };
  const readers = await Promise.all(sessions.map(begin));
  type Reader = (typeof readers)[number];
  // Who was cut comes after, in its own time.
  const isCut = ({ session, played }: Reader) => session.cut !== null && played.proxy.isSpent;
  const all = async (isSo: (reader: Reader) => boolean, what: string) =>
    until(() => readers.every((reader) => isCut(reader) || isSo(reader)), { what, every: 1 });
  await all(({ client }) => client.isOpen || client.transport === "poll", "all readers are connected");
  const { writer } = await stage.cast.addWriter(room, together > 1 ? TOGETHER : {}, STEADY);
  for (let seq = together; seq <= MESSAGES; seq += together) {
    writer.act();
    await until(() => writer.pending === 0, { what: "it is written", every: 1 });
    await all(({ client }) => seqOf(client) >= seq, `all readers have message ${seq}`);
    if (seq % 10 === 0) for (const { client } of readers) client.line?.send?.("ping");
    // Sometimes the next poll waits for it, sometimes it waits for the next poll.
    if (together > 1) await pause(stage.random.between(0, REST));
  }
  await pause(REST);
  for (const { played } of readers) played.passed = { ...played.proxy.passed };
  await until(() => readers.every(({ client }) => seqOf(client) >= MESSAGES), {
    what: "who was cut is at the head too",
  });
  for (const { client } of readers) client.leave();
}

/** One after the other, each to its end. */
async function write(stage: Stage, room: Room, { sessions }: Group, give: Give): Promise<void> {
  const warming = Array.from({ length: WARMING }, (_, index) => ({ id: `warm-${index}`, data: { index } }));
  await stage.say(room, warming);
  for (const session of sessions) {
    const played = session.way === "write ws" ? await writeOverSocket() : await writeByRequests();
    played.passed = { ...played.proxy.passed };

    async function writeOverSocket(): Promise<Played> {
      let played!: Played;
      const begun = (proxy: TcpProxy) => {
        played = give(session, proxy);
      };
      const options: RawOptions = {
        ...STEADY,
        transports: ["ws"],
        user: `writer-${endOf(room)}`,
        member: false,
        begun,
      };
      const client = await stage.cast.addRaw(room, options);
      await until(() => client.isOpen, { what: "the writer is connected", every: 1 });
      const publisher = stage.cast.publisherOf(client);
      for (let count = 0; count < MESSAGES; count++) publisher.act();
      await until(() => publisher.pending === 0, { what: "all frames are answered", every: 1 });
      client.leave();
      return played;
    }

    async function writeByRequests(): Promise<Played> {
      const { writer, proxy } = await stage.cast.addWriter(room, TOGETHER, STEADY);
      const played = give(session, proxy);
      while (writer.count < MESSAGES) {
        writer.act();
        await until(() => writer.pending === 0, { what: "a request is answered", every: 1 });
      }
      return played;
    }
  }
}

function seqOf({ cursor }: Client): number {
  return cursor === null ? 0 : positionOf(cursor).seq;
}

/** For names: a token lists all rooms of its user, which must be as many for everybody. */
function endOf({ id }: Room): string {
  return id.slice(-3);
}

function chunks<Item>(items: readonly Item[], size: number): Item[][] {
  const count = Math.ceil(items.length / size) || 0;
  return Array.from({ length: count }, (_, index) => items.slice(index * size, (index + 1) * size));
}
