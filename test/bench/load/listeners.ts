/**
 * Listeners of one room, each of whom has to get every message of one publisher from when they came, once and in order. Who
 * is cut off comes back by themselves, with the cursor of the last message that they had, as the SDK does.
 */
import { guestIdOf } from "../../../src/protocol/address.ts";
import { formatCursor, parseCursor } from "../../../src/protocol/cursor.ts";
import { Connection } from "./connection.ts";
import { Histogram } from "./histogram.ts";
import type { Target } from "./job.ts";
import { scanMarkers } from "./marker.ts";
import { sleep } from "./sockets.ts";

/** Handshakes under way at a time, of those who come first. */
const AT_ONCE = 100;
const MOST_TRIES = 20;
const FAULTS_SHOWN = 5;
const MESSAGES = Buffer.from('{"type":"messages"');
const SEQ = Buffer.from('"seq":');

/** Of all listeners together. */
export interface Delivered {
  deliveries: number;
  /** Never came. */
  lost: number;
  /** Came again. */
  doubled: number;
  /** Came after a later one. */
  reordered: number;
  /** Connections that broke, and that were made again. */
  cut: number;
  resumed: number;
  /** Tries to come back that failed. */
  refused: number;
  /** By the welcome's `resume`: those who came back. */
  resumes: Record<string, number>;
  /** From the cut until they had what had been published when they were let in again, ms; how long they waited is in it. */
  caughtUp: { p50: number; p99: number; most: number };
}

interface Listener {
  readonly user: string;
  connection: Connection | null;
  /** The number of the message that has to come next; -1: any. */
  next: number;
  /** Of the last message that it had, or of the welcome. */
  epoch: string;
  seq: number;
  /** When it was cut off, ms; null: it has all. */
  cutAt: number | null;
  /** Where the log was when it was let in again. */
  head: number;
  /** Those that were stepped over. */
  readonly missing: Set<number>;
}

export interface ListenersOptions {
  target: Target;
  room: string;
  /** ms within which somebody who was cut off tries again, and so much longer after each try in vain; null: nobody is. */
  comeBackWithin: number | null;
  /** Message `count` came to one who had missed nothing. */
  onLive(count: number): void;
}

export class Listeners {
  readonly #options: ListenersOptions;
  readonly #all: Listener[] = [];
  readonly #faults: string[] = [];
  readonly #caughtUp = new Histogram();
  readonly #counts = { lost: 0, doubled: 0, reordered: 0, cut: 0, resumed: 0, refused: 0 };
  readonly #resumes: Record<string, number> = {};
  #longest = 0;
  #isOver = false;
  delivered = 0;
  frames = 0;
  bytesRead = 0;

  constructor(options: ListenersOptions) {
    this.#options = options;
  }

  /** The first few. */
  get faults(): readonly string[] {
    return this.#faults;
  }

  /** In lanes; resolves when all are welcomed. */
  async open(many: number): Promise<void> {
    let left = many;
    const lane = async (): Promise<void> => {
      while (left-- > 0) {
        const listener = newListener(this.#all.length);
        this.#all.push(listener);
        await this.#connect(listener);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
  }

  /** Waits until everybody has all `published` messages, or until `patience` ms have passed without one that came. */
  async drain(published: number, patience: number): Promise<void> {
    for (let [seen, since] = [-1, performance.now()]; performance.now() - since < patience; await sleep(20)) {
      if (this.#all.every(({ next }) => next === published)) return;
      if (this.delivered !== seen) [seen, since] = [this.delivered, performance.now()];
    }
  }

  /** Nobody comes back any more. What has not come is lost. */
  finish(published: number): Delivered {
    this.#isOver = true;
    for (const { next, missing } of this.#all)
      this.#counts.lost += missing.size + (next === -1 ? published : Math.max(0, published - next));
    const { lost, doubled, reordered } = this.#counts;
    if (lost + doubled + reordered > 0) this.#fault(`${lost} lost, ${doubled} doubled, ${reordered} reordered`);
    const [p50, p99] = [this.#caughtUp.quantile(0.5), this.#caughtUp.quantile(0.99)];
    const caughtUp = { p50, p99, most: this.#longest };
    return { deliveries: this.delivered, ...this.#counts, resumes: this.#resumes, caughtUp };
  }

  /** Resolves when it is welcomed; rejects when it is not. */
  #connect(listener: Listener): Promise<void> {
    const { target, room } = this.#options;
    const after = listener.epoch === "" ? "" : `&after=${formatCursor(listener.epoch, listener.seq)}`;
    return new Promise((resolve, reject) => {
      let isIn = false;
      listener.connection = new Connection({
        port: target.port,
        // Guests have no object of their own, which would be what is measured.
        path: `/v1/rooms/${room}/connect?user=${listener.user}${after}`,
        headers: [`Authorization: Bearer ${target.apiKey}`],
        offersDeflate: false,
        onFailure: (reason) => {
          if (isIn) this.#broke(listener, reason);
          else reject(new Error(reason));
        },
        onMessage: (bytes, start, end) => {
          this.frames++;
          this.bytesRead += end - start;
          if (isIn) return this.#read(listener, bytes, start, end);
          isIn = true;
          this.#welcomed(listener, JSON.parse(textOf(bytes, start, end)));
          resolve();
        },
      });
    });
  }

  #broke(listener: Listener, reason: string): void {
    if (this.#isOver) return;
    this.#counts.cut++;
    const { comeBackWithin } = this.#options;
    if (comeBackWithin === null) return this.#fault(`a listener: ${reason}`);
    listener.cutAt ??= performance.now();
    void this.#comeBack(listener, comeBackWithin);
  }

  async #comeBack(listener: Listener, within: number): Promise<void> {
    for (let tries = 1; tries <= MOST_TRIES && !this.#isOver; tries++) {
      await sleep(Math.random() * within * tries);
      try {
        return await this.#connect(listener);
      } catch (error) {
        this.#counts.refused++;
        if (tries === MOST_TRIES) this.#fault(`a listener could not come back: ${(error as Error).message}`);
      }
    }
  }

  #welcomed(listener: Listener, welcome: { type: string; resume: string; cursor: string }): void {
    const head = parseCursor(welcome.cursor);
    if (welcome.type !== "welcome" || head === null) return this.#fault(`no welcome: ${JSON.stringify(welcome)}`);
    listener.head = head.seq;
    if (listener.cutAt === null) {
      listener.epoch = head.epoch;
      listener.seq = head.seq;
      return;
    }
    this.#counts.resumed++;
    this.#resumes[welcome.resume] = (this.#resumes[welcome.resume] ?? 0) + 1;
    if (head.epoch !== listener.epoch) this.#fault(`another epoch: ${welcome.cursor}`);
    if (welcome.resume === "live" && listener.seq !== head.seq)
      this.#fault(`live at ${welcome.cursor}, after ${listener.seq}`);
    this.#look(listener);
  }

  #read(listener: Listener, bytes: Uint8Array, start: number, end: number): void {
    if (!startsWith(bytes, start, MESSAGES))
      return this.#fault(`a listener was sent ${textOf(bytes, start, Math.min(end, start + 200))}`);
    scanMarkers(bytes, start, end, { marker: (_, count) => this.#delivered(listener, count) });
    const at = Buffer.from(bytes.buffer, bytes.byteOffset, end).lastIndexOf(SEQ) + SEQ.length;
    listener.seq = Number.parseInt(textOf(bytes, at, at + 16), 10);
    this.#look(listener);
  }

  #delivered(listener: Listener, count: number): void {
    const { next, missing } = listener;
    this.delivered++;
    if (count < next) {
      this.#counts[missing.delete(count) ? "reordered" : "doubled"]++;
      return;
    }
    for (let skipped = next; next !== -1 && skipped < count; skipped++) missing.add(skipped);
    listener.next = count + 1;
    if (listener.cutAt === null) this.#options.onLive(count);
  }

  /** Whether who was cut off has what they missed. */
  #look(listener: Listener): void {
    if (listener.cutAt === null || listener.seq < listener.head) return;
    const took = performance.now() - listener.cutAt;
    listener.cutAt = null;
    this.#caughtUp.record(took);
    this.#longest = Math.max(this.#longest, took);
  }

  #fault(reason: string): void {
    if (this.#faults.length < FAULTS_SHOWN) this.#faults.push(reason);
  }
}

function newListener(number: number): Listener {
  const user = guestIdOf(`listener-${number}`);
  return { user, connection: null, next: -1, epoch: "", seq: 0, cutAt: null, head: 0, missing: new Set() };
}

function textOf(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString();
}

function startsWith(bytes: Uint8Array, start: number, prefix: Uint8Array): boolean {
  for (let i = 0; i < prefix.length; i++) if (bytes[start + i] !== prefix[i]) return false;
  return true;
}
