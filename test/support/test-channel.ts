/** A channel in a world that stands still: its disk, its alarm, its clock and its peers are in the test's hand. */
import { type Config, resolveConfig } from "../../src/config.ts";
import { Channel } from "../../src/core/channel.ts";
import type { HistoryQuery } from "../../src/core/history.ts";
import type { Task } from "../../src/core/host.ts";
import type { Identity } from "../../src/core/identity.ts";
import { Inbox } from "../../src/core/inbox.ts";
import { type AuthoredDraft, Requests } from "../../src/core/request.ts";
import type { ConnectOptions } from "../../src/core/session.ts";
import { ALL_OPERATIONS } from "../../src/protocol/operations.ts";
import { Log } from "../../src/storage/log.ts";
import { MemberTable } from "../../src/storage/members.ts";
import { OthersTable } from "../../src/storage/others.ts";
import { PersonTables } from "../../src/storage/person.ts";
import { FakeHost } from "./fake-host.ts";
import { FakeSubscriber } from "./fake-subscriber.ts";
import { Peer } from "./peer.ts";
import { restoreSession } from "./saved-session.ts";
import { MemorySql } from "./sqlite.ts";

/** The config's defaults, but for `settings`, which may also lie outside of what a deployment may set. */
export function configWith(settings: Partial<Config> = {}): Config {
  return { ...resolveConfig({}).config, ...settings };
}

/** A user who may do everything, for ever, if nothing else is said. */
export function identity(user: string, parts: Partial<Identity> = {}): Identity {
  return { user, kind: "user", operations: ALL_OPERATIONS, issuedAt: null, expires: null, info: null, ...parts };
}

/** Who connects, and how: a live member who is told nothing of others, if nothing else is said. */
export type Dial = Partial<ConnectOptions & Identity>;

/** From a wake to the next sleep. */
interface Life {
  readonly host: FakeHost;
  readonly log: Log;
  readonly channel: Channel;
  readonly requests: Requests;
}

export const START = 1_764_000_000_000;

export class TestChannel {
  readonly config: Config;
  readonly owner: string | null;
  now = START;
  sql = new MemorySql();
  /** Those that are open, by connection. */
  readonly peers = new Map<string, Peer>();
  /** When the alarm rings; null: it is not set. It outlives a crash. */
  alarm: number | null = null;
  /** Called after every turn: whether it came to its end, or threw. */
  onTurn: ((done: boolean) => void) | null = null;
  #life: Life | null = null;
  #crashedAt: number | null = null;
  #epochs = 0;
  #connections = 0;

  /** @param owner the user whose channel it is; null: it is a room */
  constructor(settings: Partial<Config> = {}, owner: string | null = null) {
    this.owner = owner;
    this.config = configWith(settings);
  }

  get channel(): Channel {
    return this.#awake().channel;
  }

  get log(): Log {
    return this.#awake().log;
  }

  get host(): FakeHost {
    return this.#awake().host;
  }

  get isAwake(): boolean {
    return this.#life !== null;
  }

  connect(user: string, dial: Dial = {}): Peer {
    const options: ConnectOptions = {
      connection: dial.connection ?? `${user}-${++this.#connections}`,
      isNew: dial.isNew ?? true,
      start: dial.start ?? { kind: "now" },
      presence: dial.presence ?? "none",
      member: dial.member ?? true,
      data: dial.data,
      echo: dial.echo ?? true,
      acks: dial.acks ?? "single",
      transport: dial.transport ?? "ws",
      view: dial.view ?? "frames",
      signals: dial.signals ?? true,
    };
    const refusal = this.channel.refusalFor(user, options.connection, this.now);
    if (refusal !== null) throw new Error(refusal.code);
    const { kind = "user", operations = ALL_OPERATIONS, issuedAt = null, expires = null, info = null } = dial;
    const who = identity(user, { kind, operations, issuedAt, expires, info });
    const subscriber = new FakeSubscriber();
    const session = this.turn(({ channel }) => channel.connect(who, options, subscriber, this.now));
    const peer = new Peer(this, subscriber, session);
    this.peers.set(session.connection, peer);
    return peer;
  }

  /** Publishes over HTTP. */
  publish(user: string, drafts: readonly Partial<AuthoredDraft>[], connection: string | null = null) {
    const authored = drafts.map((draft) => ({ id: null, event: "message", data: null, user, ...draft }));
    return this.turn(({ requests }) => requests.publish(identity(user), authored, connection, this.now));
  }

  // biome-ignore lint/suspicious/noExplicitAny: a test states what it expects in it
  history(query: Partial<HistoryQuery> = {}, maxBytes = 8 * 1024 * 1024): any {
    const all = { after: null, before: null, from: null, to: null, limit: 1000, order: "asc", ...query } as const;
    return this.turn(({ channel }) => JSON.parse(`{${channel.history(all, maxBytes, this.now)}}`));
  }

  members(limit = 1000, after = "") {
    return this.turn(({ channel }) => channel.members(limit, after, this.now));
  }

  /** Runs what is due now, and what that puts off until now, but not what waits. */
  settle(): void {
    this.advance(0);
  }

  /** Runs one task at once, whenever it is due. */
  run(task: Task): void {
    this.host.tasks.delete(task);
    this.turn(({ channel }) => channel.run(task, this.now));
  }

  /** Lets `ms` pass: everything happens when it is due. */
  advance(ms: number): void {
    const end = this.now + ms;
    for (let next = this.#next(); next !== null && next.due <= end; next = this.#next()) {
      this.now = Math.max(this.now, next.due);
      if (next.task === null) this.ring();
      else this.run(next.task);
    }
    this.now = end;
  }

  /** The object goes to sleep, as the platform does it: only when nothing is put off. The next event wakes it. */
  hibernate(): void {
    if (this.#life !== null && this.#life.host.tasks.size > 0) throw new Error("nothing sleeps while a timer runs");
    this.#life = null;
  }

  /** The process dies: connections and everything in memory are gone. The next event starts another. */
  crash(): void {
    for (const peer of this.peers.values()) peer.subscriber.close(1006, "");
    this.peers.clear();
    this.#life = null;
    this.#crashedAt = this.now;
  }

  /** The disk is lost with the process. */
  wipe(): void {
    this.crash();
    this.sql = new MemorySql();
    this.alarm = null;
  }

  /** One event, as the object handles it: all of its writes or none; then the alarm is set. */
  turn<Result>(event: (life: Life) => Result): Result {
    const life = this.#awake();
    let done = false;
    try {
      const result = this.sql.transaction(() => event(life));
      if (life.host.deadlinesDirty) this.#arm(life);
      for (const peer of this.peers.values()) if (!life.channel.sessions.has(peer.session)) this.#forget(peer);
      done = true;
      return result;
    } finally {
      this.onTurn?.(done);
    }
  }

  ring(): void {
    this.alarm = null;
    this.turn(({ channel }) => {
      for (const deadline of channel.deadlines) deadline.run(this.now);
    });
    this.#arm(this.#awake());
  }

  #forget(peer: Peer): void {
    this.peers.delete(peer.session.connection);
  }

  #awake(): Life {
    this.#life ??= this.#wake();
    return this.#life;
  }

  #wake(): Life {
    const { RETAIN_MESSAGES: messages, RETAIN_AGE: age, RETAIN_BYTES: bytes } = this.config;
    const host = new FakeHost(() => this.now);
    const log = new Log(this.sql, { messages, age, bytes }, () => `epoch${String(++this.#epochs).padStart(3, "0")}`);
    const members = new MemberTable(this.sql);
    const inbox = this.owner === null ? null : new Inbox(this.owner, log, new PersonTables(this.sql));
    const address = this.owner === null ? "room:lobby" : `user:${this.owner}`;
    const others = new OthersTable(this.sql);
    const parts = { address, config: this.config, log, members, others, host, inbox };
    const channel = new Channel({ ...parts, lostAt: this.#crashedAt ?? this.now, now: this.now });
    for (const peer of this.peers.values()) {
      peer.session = restoreSession(peer.subscriber.saved as string, peer.subscriber, this.config);
      channel.restore(peer.session, this.now);
    }
    const life = { host, log, channel, requests: new Requests(channel) };
    if (channel.isUsed) {
      if (this.alarm === null) for (const deadline of channel.deadlines) deadline.run(this.now);
      this.#arm(life);
    }
    return life;
  }

  /** Only ever moves the alarm forward, as `src/object/deadlines.ts` does. */
  #arm({ host, channel }: Life): void {
    host.deadlinesDirty = false;
    for (const deadline of channel.deadlines) {
      const due = deadline.due(this.now);
      if (due !== null && (this.alarm === null || due < this.alarm)) this.alarm = due;
    }
  }

  #next(): { task: Task | null; due: number } | null {
    const all: { task: Task | null; due: number }[] = this.alarm === null ? [] : [{ task: null, due: this.alarm }];
    for (const [task, due] of this.#life?.host.tasks ?? []) all.push({ task, due });
    return all.sort((a, b) => a.due - b.due)[0] ?? null;
  }
}
