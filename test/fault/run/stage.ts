/**
 * What a run is played on: a server, rooms of its own, and clients that write down what they see. The scenario breaks
 * things; then all heals, every log is read, and the checker decides.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { channelUrl } from "../../support/channel-url.ts";
import type { Published } from "../../support/frames.ts";
import { call } from "../../support/http.ts";
import { check, type Verdict } from "../checker/check.ts";
import type { Habits } from "../clients/publisher.ts";
import { parseHistory } from "../history.ts";
import { TcpProxy } from "../proxy/proxy.ts";
import { Random } from "../random.ts";
import { BufferedSink, Recorder } from "../recorder.ts";
import { API_KEY, type Rights, Tokens } from "../tokens.ts";
import { Cast, type Follower } from "./cast.ts";
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
  /** Whether the server's clock goes right. Default: true. */
  readonly isTimed?: boolean;
  /** How many rooms there are. Default: 2. */
  readonly rooms?: number;
  /** Beside all that is usual. */
  readonly habits?: Partial<Habits>;
}

export interface Room {
  /** `room:lobby` */
  readonly channel: string;
  readonly id: string;
  readonly canary: string;
  /** The cursor before the first message. */
  readonly start: string;
}

const ALL = ["subscribe", "history", "publish", "signal", "presence"];
const TOKEN_LIFE = 3600;
/** Rooms that a token names one by one. */
const NAMED = 20;

export class Stage {
  readonly server: FaultServer;
  readonly random: Random;
  readonly recorder: Recorder;
  readonly tokens: Tokens;
  readonly rooms: Room[] = [];
  readonly cast: Cast;
  /** What else is counted. */
  readonly extra: Record<string, number> = {};
  /** What went wrong beside what the checker knows. */
  readonly problems: string[] = [];
  /** What other processes write. */
  readonly recordings: string[] = [];
  readonly #sink: BufferedSink;
  /** Of the ids of its rooms. */
  readonly #prefix: string;
  readonly #rights: Record<string, Record<string, string[]>> = {};
  readonly #folder = mkdtempSync(join(tmpdir(), "edgewire-history-"));
  readonly #ears: Ear[] = [];
  readonly #proxies: TcpProxy[] = [];

  private constructor(options: StageOptions) {
    const { server, seed, patience = USUAL, habits = {}, tokenLife = () => TOKEN_LIFE, isTimed = true } = options;
    this.server = server;
    const [own, at] = [seed, Date.now()].map((number) => number.toString(36).padStart(7, "0"));
    this.#prefix = `fault-${own}-${at}-`;
    this.random = new Random(seed);
    this.#sink = new BufferedSink(this.historyPath);
    this.recorder = new Recorder("driver", this.#sink);
    this.recorder.note(runEvent(patience));
    const channels = () => this.rooms.map(({ channel }) => channel);
    this.tokens = new Tokens(this.#rights as Rights, this.recorder, { channels, isTimed });
    this.cast = new Cast(this, habits, () => tokenLife(this.random));
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

  /** A user who may do everything in those rooms and nothing elsewhere. */
  allow(user: string, ...rooms: readonly Room[]): void {
    // A token that named hundreds would be too large.
    const patterns = rooms.length > NAMED ? [`room:${this.#prefix}*`] : rooms.map(({ channel }) => channel);
    this.#rights[user] = Object.fromEntries(patterns.map((pattern) => [pattern, ALL]));
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

  /** Ends all faults, waits until all is quiet, and hands everything to the checker. */
  async judge(): Promise<{ verdict: Verdict; extra: Record<string, number> }> {
    await this.cast.hush();
    for (const proxy of this.#proxies) proxy.heal();
    this.recorder.note({ type: "heal" });
    this.cast.heal();
    await Promise.all(this.rooms.map((room) => this.#catchUp(room, "last")));
    await Promise.all(this.rooms.map((room) => readMembers(this, room, GONE_WITHIN)));
    // What was tried again came after that.
    await Promise.all(this.rooms.map((room) => this.#catchUp(room, "really-last")));
    await Promise.all(this.rooms.map((room) => readLog(this, room)));
    this.#sink.flush();
    const paths = [this.historyPath, ...this.recordings];
    const history = parseHistory(...paths.map((path) => readFileSync(path, "utf8")));
    const verdict = check(history);
    if (this.cast.followers.some(({ ear, isStopped }) => ear.heard === 0 && !isStopped()))
      this.problems.push("the search of the raw bytes found not even what is theirs");
    const heard = this.#ears.reduce((sum, ear) => sum + ear.heard, 0);
    return { verdict, extra: { "canaries heard": heard, ...this.extra } };
  }

  /** Ends everything but the server. @param keep the history */
  async strike(keep: boolean): Promise<void> {
    await this.cast.leave();
    await Promise.all(this.#proxies.map((proxy) => proxy.stop()));
    if (keep) this.#sink.flush();
    else rmSync(this.#folder, { recursive: true, force: true });
  }

  async #addRoom(index: number): Promise<void> {
    const id = `${this.#prefix}${String(index).padStart(3, "0")}`;
    const channel = `room:${id}`;
    const url = channelUrl(this.server.url, channel, "messages", { limit: 1 });
    const { status, body, text } = await call<{ cursor: string }>("GET", url, { token: API_KEY });
    if (status !== 200) throw new Error(`no room: ${status} ${text}`);
    const canary = `canary-${this.random.text(12)}`;
    this.recorder.note({ type: "canary", channel, text: canary });
    this.recorder.note({ type: "grant", user: "server", channel, until: null });
    this.rooms.push({ channel, id, canary, start: body.cursor });
  }

  /** One more message, which everybody must come to. */
  async #catchUp(room: Room, id: string): Promise<void> {
    const { channel } = room;
    const seq = await this.say(room, [{ id, data: { last: channel, id } }]);
    const isThere = (each: Follower) => each.seq() >= seq;
    const awaited = this.cast.followers.filter((each) => each.room === room && !each.isStopped());
    const end = performance.now() + GONE_WITHIN + 20_000;
    while (!awaited.every(isThere) && performance.now() < end) await pause(20);
    const late = awaited.filter((each) => !isThere(each)).map(({ name, cursor }) => `${name} at ${cursor()}`);
    // The checker says so too; here it is known who had how long.
    if (late.length > 0) this.problems.push(`not at the head ${seq} in time: ${late.join(", ")}`);
  }
}
