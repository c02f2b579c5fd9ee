/**
 * A client that follows a channel: connects over any transport, comes back from where it was whenever its connection ends,
 * and writes down what it sees. A small state machine; what it publishes is `publisher.ts`'s.
 */
import { comebackAfter } from "../../../src/protocol/codes.ts";
import { cursorOf, type Frame, type Gap, positionOf } from "../../support/frames.ts";
import type { Random } from "../random.ts";
import type { Recorder } from "../recorder.ts";
import type { Tokens } from "../tokens.ts";
import { type Line, openLine, type TransportName } from "./line.ts";
import type { Living, Network, Time } from "./network.ts";

export interface ClientParts<Actor extends Living> {
  readonly name: string;
  readonly user: string;
  readonly channel: string;
  readonly actor: Actor & { isAlive: boolean };
  readonly network: Network<Actor>;
  readonly time: Time<Actor>;
  readonly random: Random;
  readonly recorder: Recorder;
  readonly tokens: Tokens;
  readonly transports: readonly TransportName[];
  /** s; how long its tokens last. */
  readonly tokenLife: () => number;
  /** ms without a sign until it gives a connection up. Default: 3.5 s. */
  readonly patience?: number;
  /** ms between two pings. Default: 1 s. */
  readonly beat?: number;
  readonly member: boolean;
  readonly presence: boolean;
}

/** What somebody else wants to know of its frames. */
export interface Listener {
  answered(frame: Frame): void;
  ended(): void;
}

/** ms between two pings; and, unless it is said, without a sign until it gives the connection up. */
const BEAT = 1000;
const PATIENCE = 3500;

export class Client<Actor extends Living = Living> {
  readonly parts: ClientParts<Actor>;
  readonly actor: Actor & { isAlive: boolean };
  readonly base: string;
  token: string;
  line: Line | null = null;
  transport: TransportName = "ws";
  /** Of the open connection, in the history. */
  connection = "";
  /** The service's name of it. */
  serviceName: string | null = null;
  isOpen = false;
  isStopped = false;
  listener: Listener | null = null;
  cursor: string | null = null;
  #serial = 0;
  #lastSign = 0;
  #epoch = "";
  #pollName: string | null = null;
  #echo = true;
  /** Whether the frames of a rewind are on the way: then the first message says where it is. */
  #rewinds = false;
  #failures = 0;
  #hasBeaten = false;
  #avoided: TransportName | null = null;

  constructor(parts: ClientParts<Actor>) {
    this.parts = parts;
    this.actor = parts.actor;
    const [kind, id] = parts.channel.split(":") as [string, string];
    this.base = `/v1/${kind === "room" ? "rooms" : "users"}/${id}`;
    this.token = parts.tokens.mint(parts.user, parts.tokenLife());
  }

  start(): void {
    const { time, beat = BEAT, random } = this.parts;
    time.after(0, this.actor, () => this.#connect());
    time.after(beat * random.fraction(), this.actor, () => this.#beat());
  }

  /** A fresh token over the open connection, if it has a socket. */
  renew(): void {
    this.token = this.parts.tokens.mint(this.parts.user, this.parts.tokenLife());
    if (this.isOpen) this.line?.send?.(JSON.stringify({ type: "auth", token: this.token }));
  }

  /** Comes back over another transport. */
  change(): void {
    this.#avoided = this.transport;
    this.line?.close(1006);
  }

  /** Nothing of it reaches the service from now on. */
  vanish(): void {
    // One that never sent a ping is waited for longer.
    if (!this.isOpen || this.isStopped || (this.transport === "ws" && !this.#hasBeaten)) return;
    this.parts.recorder.note({ type: "vanish", connection: this.connection });
    this.stop();
    this.line?.blacken();
  }

  /** Ends what is open, and does not come back. */
  leave(): void {
    this.stop();
    this.line?.close(1000);
  }

  stop(): void {
    this.isStopped = true;
    this.actor.isAlive = false;
    this.parts.recorder.note({ type: "stop" });
  }

  #connect(): void {
    if (this.isStopped) return;
    const { random, recorder, channel, user, member, presence, network, time, transports } = this.parts;
    this.transport = random.pick(transports.filter((each) => each !== this.#avoided));
    this.#avoided = null;
    const { transport, token, base } = this;
    const connection = `${this.parts.name}#${++this.#serial}`;
    this.connection = connection;
    const isFirst = this.cursor === null;
    const rewind = isFirst && transport !== "poll" && random.chance(0.3) ? random.below(5) : null;
    this.#rewinds = rewind !== null;
    this.#echo = transport !== "ws" || random.chance(0.7);
    const query: Record<string, string> = { member: member ? "1" : "0" };
    if (this.cursor !== null) query.after = this.cursor;
    if (rewind !== null) query.rewind = String(rewind);
    if (presence && transport !== "poll") query.presence = "members";
    if (!this.#echo) query.echo = "0";
    if (transport === "ws" && random.chance(0.5)) query.acks = "batch";
    if (transport === "poll") {
      query.timeout = String(random.below(4));
      if (this.#pollName !== null) query.connection = this.#pollName;
    }
    recorder.note({
      ...{ type: "connect", connection, channel, user, transport, after: this.cursor, rewind, member },
      ...{ presence: presence && transport !== "poll", echo: this.#echo },
    });
    this.#lastSign = time.now;
    this.#hasBeaten = false;
    const mine = (act: () => void) => {
      if (this.connection !== connection || this.line === null) return;
      this.#lastSign = time.now;
      act();
    };
    this.line = openLine(
      transport,
      { network, client: this.actor, token, base, query },
      {
        frame: (frame, texts) => mine(() => this.#take(frame, texts)),
        at: (cursor) =>
          mine(() => {
            recorder.note({ type: "at", connection, cursor });
            this.#moveTo(cursor);
          }),
        sign: () =>
          mine(() => {
            this.#hasBeaten = true;
            recorder.note({ type: "sign", connection });
          }),
        over: (code) => mine(() => this.#over(code)),
      },
    );
  }

  #take(frame: Frame, texts: readonly string[]): void {
    const { recorder } = this.parts;
    const { connection } = this;
    switch (frame.type) {
      case "welcome": {
        const { cursor, resume, presence } = frame as unknown as {
          cursor: string;
          resume: "live";
          presence?: { members?: { user: string }[] };
        };
        const members = presence?.members?.map(({ user }) => user);
        recorder.note({ type: "welcome", connection, cursor, resume, ...(members === undefined ? {} : { members }) });
        this.isOpen = true;
        this.#failures = 0;
        this.serviceName = frame.connection as string;
        this.#epoch = positionOf(cursor).epoch;
        if (resume === "live" || (this.cursor === null && !this.#rewinds)) this.#moveTo(cursor);
        return;
      }
      case "messages":
        for (const [index, text] of texts.entries()) {
          recorder.note({ type: "message", connection, text });
          const { seq } = (frame.messages as { seq: number }[])[index] as { seq: number };
          const epoch = this.cursor === null ? this.#epoch : positionOf(this.cursor).epoch;
          this.#moveTo(cursorOf({ epoch, seq }));
        }
        return;
      case "gap": {
        const { after, oldest, reason, cursor } = frame as unknown as Gap;
        recorder.note({ type: "gap", connection, after, oldest, reason, ...(cursor === undefined ? {} : { cursor }) });
        const { epoch, seq } = positionOf(oldest ?? cursor ?? "");
        this.#moveTo(cursorOf({ epoch, seq: oldest === null ? seq : seq - 1 }));
        return;
      }
      case "presence": {
        const users = (list: unknown) => ((list ?? []) as { user: string }[]).map(({ user }) => user);
        const [joined, left, updated] = [users(frame.joined), users(frame.left), users(frame.updated)];
        return recorder.note({ type: "presence", connection, joined, left, updated });
      }
      case "poll":
        this.#pollName = frame.connection as string;
        this.serviceName = this.#pollName;
        return;
      case "acks":
        for (const ack of frame.acks as object[]) this.listener?.answered({ ...ack, type: "ack" });
        return;
      case "ack":
      case "error":
        return this.listener?.answered(frame);
      default:
        return recorder.note({ type: "raw", user: this.parts.user, text: JSON.stringify(frame) });
    }
  }

  #moveTo(cursor: string): void {
    [this.cursor, this.#rewinds] = [cursor, false];
  }

  #over(code: number): void {
    const { recorder, time, random } = this.parts;
    recorder.note({ type: "close", connection: this.connection, code });
    [this.line, this.isOpen, this.serviceName] = [null, false, null];
    this.listener?.ended();
    if (this.isStopped) return;
    if (comebackAfter(code) === "new-token")
      this.token = this.parts.tokens.mint(this.parts.user, this.parts.tokenLife());
    const isPoll = this.transport === "poll" && code === 1001;
    // Full jitter, in a hurry; and whoever is sent away for good is started again by somebody.
    const longest = comebackAfter(code) === "final" ? 2000 : Math.min(100 * 2 ** this.#failures++, 2000);
    time.after(isPoll ? random.between(0, 300) : random.between(0, longest), this.actor, () => this.#connect());
  }

  #beat(): void {
    const { time, beat = BEAT } = this.parts;
    time.after(beat, this.actor, () => this.#beat());
    if (this.line === null) return;
    const patience = (this.parts.patience ?? PATIENCE) + (this.transport === "poll" ? 3000 : 0);
    if (time.now - this.#lastSign > patience) this.line.close(1006);
    else if (this.isOpen) this.line.send?.("ping");
  }
}
