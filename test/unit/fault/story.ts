/**
 * A history of a service that does everything right, told step by step: what clients do, and what they would see of a
 * log that is kept here. Tests take a true story and make one thing in it untrue.
 */
import type { HistoryEvent, RunEvent } from "../../fault/history.ts";
import { MemorySink, Recorder } from "../../fault/recorder.ts";

export const LOBBY = "room:lobby";
export const CANARY_OF_LOBBY = "canary-lobby0000000";
export const CANARY_OF_VAULT = "canary-vault0000000";

const RUN = {
  type: "run",
  retention: { messages: 4, age: 1_000_000, bytes: 1e12 },
  slack: 50,
  grace: 2000,
  timeout: 3000,
  sweep: 1000,
  patience: 5000,
} as const satisfies Omit<RunEvent, "t" | "client">;

interface Stored {
  readonly seq: number;
  readonly id: string;
  readonly user: string;
  readonly at: number;
  readonly event: string;
  readonly data: unknown;
}

interface Reader {
  readonly name: string;
  readonly user: string;
  connection: string | null;
  transport: "ws" | "sse" | "poll";
  position: { epoch: string; seq: number } | null;
}

type Transport = Reader["transport"];

export class Story {
  now = 1000;
  readonly #sink = new MemorySink();
  readonly #driver = new Recorder("driver", this.#sink, () => this.now);
  readonly #readers = new Map<string, Reader>();
  readonly #members = new Set<string>();
  #log: Stored[] = [];
  #lives = 1;
  #names = 0;

  constructor() {
    this.#driver.note(RUN);
    this.#driver.note({ type: "canary", channel: LOBBY, text: CANARY_OF_LOBBY });
    this.#driver.note({ type: "canary", channel: "room:vault", text: CANARY_OF_VAULT });
  }

  get events(): HistoryEvent[] {
    return this.#sink.events;
  }

  wait(ms: number): this {
    this.now += ms;
    return this;
  }

  grant(user: string): this {
    this.#driver.note({ type: "grant", user, channel: LOBBY, until: null });
    return this;
  }

  fault(kind: string): this {
    this.now += 10;
    this.#driver.note({ type: "fault", kind, channel: LOBBY });
    return this;
  }

  /**
   * Publishes, and all open connections get it. `ending`: what the publisher hears of it; `lost`: nothing, and it was not
   * stored; `stored`: nothing, but it was.
   */
  publish(
    user: string,
    id: string | null,
    ending: "ok" | "fail" | "lost" | "stored" = "ok",
    { connection = null as string | null, data = `${CANARY_OF_LOBBY} ${id ?? ++this.#names}` as unknown } = {},
  ): this {
    const by = this.#driver.for(user);
    const op = `op-${++this.#names}`;
    this.now += 10;
    by.note({
      type: "send",
      op,
      channel: LOBBY,
      user,
      id,
      data,
      over: connection === null ? "http" : "ws",
      connection,
    });
    this.now += 10;
    if (ending === "fail") by.note({ type: "fail", op, code: "overloaded" });
    if (ending === "fail" || ending === "lost") return this;
    const known = id === null ? undefined : this.#retained.find((one) => one.user === user && one.id === id);
    const stored = known ?? this.#store(user, id ?? `made-${this.#names}`, data);
    const { seq, at, id: stayed } = stored;
    if (ending === "ok")
      by.note({ type: "ok", op, id: stayed, at, cursor: `${this.#epoch}-${seq}`, duplicate: known !== undefined });
    this.#deliver();
    return this;
  }

  /** Somebody connects, or comes back from where they were. */
  connect(
    name: string,
    { transport = "ws" as Transport, user = name, after = undefined as string | undefined } = {},
  ): this {
    const reader = this.#readers.get(name) ?? { name, user, connection: null, transport, position: null };
    this.#readers.set(name, reader);
    const connection = `${name}-${++this.#names}`;
    Object.assign(reader, { connection, transport });
    const { position } = reader;
    const from = position === null ? null : `${position.epoch}-${position.seq}`;
    const by = this.#driver.for(name);
    const asked = { channel: LOBBY, user, transport, after: after ?? from, rewind: null, echo: true } as const;
    this.now += 10;
    by.note({ type: "connect", connection, ...asked, member: true, presence: transport === "ws" });
    this.now += 10;
    const isNew = !this.#members.has(user);
    this.#members.add(user);
    const head = { epoch: this.#epoch, seq: this.#log.length };
    const isLive = position === null || (position.epoch === head.epoch && position.seq === head.seq);
    const isGap = position !== null && (position.epoch !== head.epoch || position.seq < this.#oldest - 1);
    if (transport !== "poll")
      by.note({
        type: "welcome",
        connection,
        cursor: `${head.epoch}-${head.seq}`,
        resume: isLive ? "live" : isGap ? "gap" : "replay",
        ...(transport === "ws" ? { members: [...this.#members] } : {}),
      });
    reader.position ??= head;
    if (isNew) this.#tell(name, { joined: [user] });
    this.#deliver();
    if (transport === "poll") by.note({ type: "at", connection, cursor: `${this.#epoch}-${this.#log.length}` });
    return this;
  }

  /** A connection ends; its user is still a member for the time of the grace. */
  close(name: string, code = 1006): this {
    const reader = this.#readers.get(name);
    if (reader?.connection == null) throw new Error(`${name} is not connected`);
    this.now += 10;
    this.#driver.for(name).note({ type: "close", connection: reader.connection, code });
    reader.connection = null;
    return this;
  }

  vanish(name: string): this {
    this.#driver.for(name).note({ type: "vanish", connection: this.connectionOf(name) });
    const reader = this.#readers.get(name);
    if (reader) reader.connection = null;
    this.#driver.for(name).note({ type: "stop" });
    return this;
  }

  /** The others are told that somebody has left. */
  leave(user: string): this {
    this.now += 10;
    this.#members.delete(user);
    this.#tell(null, { left: [user] });
    return this;
  }

  /** All open connections get a sign of life. */
  beat(): this {
    this.now += 10;
    for (const { name, connection } of this.#readers.values())
      if (connection !== null) this.#driver.for(name).note({ type: "sign", connection });
    return this;
  }

  stop(name: string): this {
    this.#driver.for(name).note({ type: "stop" });
    return this;
  }

  connectionOf(name: string): string {
    return this.#readers.get(name)?.connection ?? "";
  }

  /** The log is gone, and begins anew. */
  wipe(): this {
    this.fault("wipe");
    this.#lives++;
    this.#log = [];
    return this;
  }

  /** Somebody reads the newest page. */
  read(final = false): this {
    const op = `read-${++this.#names}`;
    this.now += 10;
    this.#driver.note({ type: "read", op, user: "driver", channel: LOBBY, after: `${this.#epoch}-0` });
    this.now += 10;
    const [first] = this.#retained;
    const oldest = first === undefined ? null : `${this.#epoch}-${first.seq}`;
    this.#driver.note({
      type: "page",
      op,
      messages: this.#retained.map((message) => JSON.stringify(message)),
      cursor: `${this.#epoch}-${this.#log.length}`,
      more: false,
      oldest,
      gap: (first?.seq ?? 1) > 1 ? { after: `${this.#epoch}-0`, oldest, reason: "expired" } : null,
      final,
    });
    return this;
  }

  /** All is over: the log and the members are read. */
  end(): HistoryEvent[] {
    this.#driver.note({ type: "grant", user: "driver", channel: LOBBY, until: null });
    this.wait(100);
    this.#driver.note({ type: "heal" });
    this.beat();
    this.read(true);
    this.#driver.note({ type: "members", channel: LOBBY, users: [...this.#members] });
    return this.events;
  }

  get #epoch(): string {
    return `epoch00${this.#lives}`;
  }

  get #oldest(): number {
    return Math.max(1, this.#log.length - RUN.retention.messages + 1);
  }

  get #retained(): Stored[] {
    return this.#log.slice(this.#oldest - 1);
  }

  #store(user: string, id: string, data: unknown): Stored {
    const stored = { seq: this.#log.length + 1, id, user, at: this.now, event: "message", data };
    this.#log.push(stored);
    return stored;
  }

  /** To every open connection what it has not had, with a gap before it if there is a hole. */
  #deliver(): void {
    for (const { name, connection, position } of this.#readers.values()) {
      if (connection === null || position === null) continue;
      const by = this.#driver.for(name);
      this.now += 1;
      if (position.epoch !== this.#epoch || position.seq < this.#oldest - 1) {
        const reason = position.epoch === this.#epoch ? "expired" : "epoch";
        const after = `${position.epoch}-${position.seq}`;
        const [first] = this.#retained;
        if (first === undefined)
          by.note({ type: "gap", connection, after, oldest: null, reason, cursor: `${this.#epoch}-0` });
        else by.note({ type: "gap", connection, after, oldest: `${this.#epoch}-${first.seq}`, reason });
        Object.assign(position, { epoch: this.#epoch, seq: this.#oldest - 1 });
      }
      for (const message of this.#log.slice(position.seq)) {
        by.note({ type: "message", connection, text: JSON.stringify(message) });
        position.seq = message.seq;
      }
    }
  }

  #tell(but: string | null, changes: { joined?: string[]; left?: string[] }): void {
    for (const { name, connection, transport } of this.#readers.values())
      if (connection !== null && name !== but && transport === "ws")
        this.#driver.for(name).note({ type: "presence", connection, joined: [], left: [], updated: [], ...changes });
  }
}
