/**
 * What a run is played on: a server, rooms of its own, and clients of all kinds, each behind a proxy of its own, all
 * writing down what they see. The scenario breaks things; then all heals, every log is read, and the checker decides.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { TransportName as SdkTransport } from "../../../src/client/index.ts";
import { channelUrl } from "../../support/channel-url.ts";
import { type Published, positionOf } from "../../support/frames.ts";
import { call } from "../../support/http.ts";
import { until } from "../../support/until.ts";
import { check, type Verdict } from "../checker/check.ts";
import { Client } from "../clients/client.ts";
import type { TransportName } from "../clients/line.ts";
import { type Habits, Publisher } from "../clients/publisher.ts";
import { RealNetwork, wallTime } from "../clients/real-network.ts";
import { SdkClient } from "../clients/sdk-client.ts";
import { parseHistory } from "../history.ts";
import { TcpProxy } from "../proxy/proxy.ts";
import { Random } from "../random.ts";
import { BufferedSink, Recorder } from "../recorder.ts";
import { API_KEY, type Rights, Tokens } from "../tokens.ts";
import { Ear } from "./ear.ts";
import { readLog, readMembers } from "./look.ts";
import type { FaultServer } from "./server/fault-server.ts";
import { GONE_WITHIN, type Patience, runEvent, USUAL } from "./settings.ts";

export interface StageOptions {
  readonly server: FaultServer;
  readonly seed: number;
  readonly patience?: Patience;
  /** s that a token lives. Default: an hour. */
  readonly tokenLife?: (random: Random) => number;
  /** How many rooms there are. Default: 2. */
  readonly rooms?: number;
  /** Beside all that is usual. */
  readonly habits?: Partial<Habits>;
}

/** Somebody who publishes. */
export interface Talker {
  /** Messages of which it is not known yet what became of them. */
  readonly pending: number;
  /** One more. */
  act(): void;
}

/** Somebody who follows a room, whatever they are made of. */
export interface Follower {
  readonly name: string;
  readonly user: string;
  readonly room: Room;
  readonly proxy: TcpProxy;
  readonly ear: Ear;
  /** Of the last message that it has. */
  readonly seq: () => number;
  readonly cursor: () => string | null;
  readonly talker: Talker;
  readonly isStopped: () => boolean;
  readonly isOpen: () => boolean;
}

export interface Room {
  /** `room:lobby` */
  readonly channel: string;
  readonly id: string;
  readonly canary: string;
  /** The cursor before the first message. */
  readonly start: string;
}

export interface RawOptions {
  readonly transports?: readonly TransportName[];
  readonly presence?: boolean;
  readonly user?: string;
  /** Called before it begins. */
  readonly begun?: (proxy: TcpProxy) => void;
  /** ms without a sign of life until it gives a connection up. */
  readonly patience?: number;
}

const HABITS: Habits = {
  http: 0.3,
  withoutId: 0,
  array: 0.05,
  twice: 0.1,
  collide: 0,
  largest: 400,
  pause: 100,
  longest: 4,
};
const ALL = ["subscribe", "history", "publish", "signal", "presence"];
const TOKEN_LIFE = 3600;
const MOST_PENDING = 20;

export class Stage {
  readonly server: FaultServer;
  readonly random: Random;
  readonly recorder: Recorder;
  readonly tokens: Tokens;
  readonly rooms: Room[] = [];
  readonly followers: Follower[] = [];
  readonly raw: Client[] = [];
  readonly sdk: SdkClient[] = [];
  /** Who only publishes. */
  readonly writers: Talker[] = [];
  /** What else is counted. */
  readonly extra: Record<string, number> = {};
  /** What went wrong beside what the checker knows. */
  readonly problems: string[] = [];
  readonly #sink: BufferedSink;
  readonly #tokenLife: () => number;
  /** What other processes write. */
  readonly recordings: string[] = [];
  readonly #seed: number;
  readonly #habits: Habits;
  readonly #rights: Record<string, Record<string, string[]>> = {};
  readonly #folder = mkdtempSync(join(tmpdir(), "edgewire-history-"));
  readonly #ears: Ear[] = [];
  readonly #networks: RealNetwork[] = [];
  readonly #proxies: TcpProxy[] = [];
  #count = 0;
  #isTalking = true;
  readonly #talks: Promise<void>[] = [];
  readonly #talkers: Talker[] = [];
  readonly #publishers = new Map<Client, Publisher>();

  private constructor({ server, seed, patience = USUAL, habits = {}, tokenLife = () => TOKEN_LIFE }: StageOptions) {
    this.server = server;
    this.#seed = seed;
    this.random = new Random(seed);
    this.#tokenLife = () => tokenLife(this.random);
    this.#habits = { ...HABITS, ...habits };
    this.#sink = new BufferedSink(this.historyPath);
    this.recorder = new Recorder("driver", this.#sink);
    this.recorder.note(runEvent(patience));
    this.tokens = new Tokens(this.#rights as Rights, this.recorder);
  }

  static async set(options: StageOptions): Promise<Stage> {
    const stage = new Stage(options);
    for (let index = 0; index < (options.rooms ?? 2); index++) await stage.#addRoom(index);
    return stage;
  }

  get historyPath(): string {
    return this.fileNamed("history.jsonl");
  }

  /** A file that is gone after the run, unless its history is kept. */
  fileNamed(name: string): string {
    return join(this.#folder, name);
  }

  /** Notes a fault, which counts. */
  fault(kind: string): void {
    this.recorder.note({ type: "fault", kind });
  }

  async proxy(user: string): Promise<{ proxy: TcpProxy; ear: Ear }> {
    const ear = new Ear(user, this.recorder);
    this.#ears.push(ear);
    const proxy = await TcpProxy.start({
      target: () => this.server.url,
      seed: this.random.below(2 ** 32),
      heard: (bytes, connection) => ear.hear(bytes, connection),
    });
    this.#proxies.push(proxy);
    return { proxy, ear };
  }

  /** A user who may do everything in that room and nothing elsewhere. */
  allow(user: string, { channel }: Room): void {
    this.#rights[user] = { [channel]: ALL };
  }

  /** A raw client that follows a room and publishes there. */
  async addRaw(room: Room, options: RawOptions = {}): Promise<Client> {
    const name = `raw-${++this.#count}`;
    const { transports = ["ws", "sse", "poll"], presence = false, user = name } = options;
    const { client, proxy, ear } = await this.#client(name, user, room, { ...options, transports, presence });
    const publisher = new Publisher(client, this.#habits, room.canary);
    this.raw.push(client);
    this.followers.push({
      ...{ name, user, room, proxy, ear },
      seq: () => seqOf(client.cursor),
      cursor: () => client.cursor,
      talker: publisher,
      isStopped: () => client.isStopped,
      // A poll has no welcome.
      isOpen: () => client.isOpen || client.cursor !== null,
    });
    this.#publishers.set(client, publisher);
    options.begun?.(proxy);
    client.start();
    return client;
  }

  /** One who publishes by requests alone. */
  async addWriter(room: Room, habits: Partial<Habits> = {}): Promise<{ writer: Publisher; proxy: TcpProxy }> {
    const name = `writer-${++this.#count}`;
    const { client, proxy } = await this.#client(name, name, room, { transports: [], presence: false });
    const writer = new Publisher(client, { ...this.#habits, http: 1, ...habits }, room.canary);
    this.writers.push(writer);
    return { writer, proxy };
  }

  async addSdk(room: Room, transports: readonly SdkTransport[] = ["websocket", "sse", "poll"]): Promise<SdkClient> {
    const name = `sdk-${++this.#count}`;
    this.allow(name, room);
    const { proxy, ear } = await this.proxy(name);
    const client = new SdkClient({
      ...{ name, user: name, channel: room.channel, url: proxy.url, after: room.start, canary: room.canary },
      ...{ transports, random: this.random, recorder: this.recorder.for(name), tokens: this.tokens },
      tokenLife: this.#tokenLife,
    });
    this.sdk.push(client);
    this.followers.push({
      ...{ name, user: name, room, proxy, ear },
      seq: () => seqOf(client.cursor),
      cursor: () => client.cursor,
      talker: client,
      isStopped: () => false,
      isOpen: () => client.room.state.name === "connected",
    });
    return client;
  }

  /** What it publishes by. */
  publisherOf(client: Client): Publisher {
    return this.#publishers.get(client) as Publisher;
  }

  /** Somebody comes, and is gone without a word. */
  async vanish(room: Room): Promise<void> {
    const client = await this.addRaw(room, { transports: ["ws"] });
    const isGone = () => {
      client.vanish(); // as soon as it has sent a sign of life
      return client.isStopped;
    };
    await until(isGone, { what: `${client.parts.name} has been there` });
    this.fault("vanish");
  }

  /** 16 who publish and 8 who only follow, on all transports: half of them the SDK. */
  async addCast(): Promise<void> {
    const ways: (readonly SdkTransport[])[] = [["websocket"], ["sse"], ["poll"], ["websocket", "sse", "poll"]];
    for (let index = 0; index < 16; index++) {
      const room = this.rooms[index % this.rooms.length] as Room;
      if (index < 6) await this.addSdk(room, ways[index % ways.length]);
      else if (index < 12) await this.addRaw(room, { presence: index % 3 === 0 });
      else await this.addWriter(room);
    }
    const talking = this.followers.length;
    for (let index = 0; index < 8; index++) {
      const room = this.rooms[index % this.rooms.length] as Room;
      if (index < 4) await this.addSdk(room, ways[index % ways.length]);
      // A second tab of somebody who publishes, among others.
      else {
        const user = index >= 6 ? this.raw[index - 6]?.parts.user : undefined;
        await this.addRaw(room, { presence: index % 2 === 0, ...(user === undefined ? {} : { user }) });
      }
    }
    this.#talkers.push(...this.followers.slice(0, talking).map(({ talker }) => talker), ...this.writers);
  }

  /** Everybody publishes, each so many messages a second, until `heal`. */
  talk(perSecond: number): void {
    for (const talker of this.#talkers)
      this.#talks.push(
        (async () => {
          while (this.#isTalking) {
            // Who gets no answers does not go on for ever.
            if (talker.pending < MOST_PENDING) talker.act();
            await pause((this.random.between(0, 2) * 1000) / perSecond);
          }
        })(),
      );
  }

  pick<T>(items: readonly T[]): T {
    return this.random.pick(items);
  }

  /** Publishes as the server, all in one request; answers the last one's seq. Throws if they were not taken. */
  async say({ channel }: Room, drafts: readonly { readonly id: string; readonly data: object }[]): Promise<number> {
    const opOf = (id: string) => `driver ${channel} ${id}`;
    for (const { id, data } of drafts) {
      const sent = { op: opOf(id), channel, user: "server", id, data, over: "http", connection: null } as const;
      this.recorder.note({ type: "send", ...sent });
    }
    const url = channelUrl(this.server.url, channel, "messages");
    const { status, body, text } = await call<{ results: Published[] }>("POST", url, { token: API_KEY, body: drafts });
    if (status !== 201) throw new Error(`${channel} does not take messages: ${status} ${text}`);
    for (const { id, at, cursor } of body.results)
      this.recorder.note({ type: "ok", op: opOf(id), duplicate: false, id, at, cursor });
    return body.results.at(-1)?.seq ?? 0;
  }

  /** Waits until everybody is connected. */
  async settle(): Promise<void> {
    const awaited = () => this.followers.filter((each) => !each.isStopped() && !each.isOpen());
    await until(() => awaited().length === 0, {
      what: () => `everybody is connected, not without ${awaited().map(({ name }) => name)}`,
    });
  }

  /** Ends all faults, waits until all is quiet, and hands everything to the checker. */
  async judge(): Promise<{ verdict: Verdict; extra: Record<string, number> }> {
    this.#isTalking = false;
    await Promise.all(this.#talks);
    for (const proxy of this.#proxies) proxy.heal();
    this.recorder.note({ type: "heal" });
    for (const room of this.rooms) await this.#catchUp(room);
    for (const room of this.rooms) {
      await readMembers(this, room, GONE_WITHIN);
      await readLog(this, room);
    }
    this.#sink.flush();
    const paths = [this.historyPath, ...this.recordings];
    const history = parseHistory(...paths.map((path) => readFileSync(path, "utf8")));
    const verdict = check(history);
    if (this.followers.some(({ ear, isStopped }) => ear.heard === 0 && !isStopped()))
      this.problems.push("the search of the raw bytes found not even what is theirs");
    const heard = this.#ears.reduce((sum, ear) => sum + ear.heard, 0);
    return { verdict, extra: { "canaries heard": heard, ...this.extra } };
  }

  /** Ends everything but the server. @param keep the history */
  async strike(keep: boolean): Promise<void> {
    this.#isTalking = false;
    for (const client of this.raw) client.actor.isAlive = false;
    for (const client of this.sdk) client.stop();
    for (const network of this.#networks) network.close();
    await Promise.all(this.#proxies.map((proxy) => proxy.stop()));
    if (keep) this.#sink.flush();
    else rmSync(this.#folder, { recursive: true, force: true });
  }

  async #addRoom(index: number): Promise<void> {
    const id = `fault-${this.#seed.toString(36)}-${Date.now().toString(36)}-${index}`;
    const channel = `room:${id}`;
    const url = channelUrl(this.server.url, channel, "messages", { limit: 1 });
    const { status, body, text } = await call<{ cursor: string }>("GET", url, { token: API_KEY });
    if (status !== 200) throw new Error(`no room: ${status} ${text}`);
    const canary = `canary-${this.random.text(12)}`;
    this.recorder.note({ type: "canary", channel, text: canary });
    this.recorder.note({ type: "grant", user: "server", channel, until: null });
    this.rooms.push({ channel, id, canary, start: body.cursor });
  }

  async #client(
    name: string,
    user: string,
    room: Room,
    options: RawOptions & { readonly transports: readonly TransportName[]; readonly presence: boolean },
  ): Promise<{ client: Client; proxy: TcpProxy; ear: Ear }> {
    this.allow(user, room);
    const { proxy, ear } = await this.proxy(user);
    const network = new RealNetwork(() => proxy.url);
    this.#networks.push(network);
    const client = new Client({
      ...{ name, user, channel: room.channel, member: true, tokenLife: this.#tokenLife, ...options },
      ...{ actor: { isAlive: true }, network, time: wallTime, random: this.random, tokens: this.tokens },
      recorder: this.recorder.for(name),
    });
    return { client, proxy, ear };
  }

  /** One more message, which everybody must come to. */
  async #catchUp(room: Room): Promise<void> {
    const { channel } = room;
    const seq = await this.say(room, [{ id: "last", data: { last: channel } }]);
    const isThere = (each: Follower) => each.seq() >= seq;
    const awaited = this.followers.filter((each) => each.room === room && !each.isStopped());
    const end = performance.now() + GONE_WITHIN + 20_000;
    while (!awaited.every(isThere) && performance.now() < end) await pause(20);
    const late = awaited.filter((each) => !isThere(each)).map(({ name, cursor }) => `${name} at ${cursor()}`);
    // The checker says so too; here it is known who had how long.
    if (late.length > 0) this.problems.push(`not at the head ${seq} in time: ${late.join(", ")}`);
  }
}

function seqOf(cursor: string | null): number {
  return cursor === null ? 0 : positionOf(cursor).seq;
}
