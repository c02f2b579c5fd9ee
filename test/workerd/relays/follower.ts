import { onTestFinished } from "vitest";
import type { Start } from "../../../src/core/resume.ts";
import { type Cursor, parseCursor } from "../../../src/protocol/cursor.ts";
import { isObject } from "../../../src/protocol/json.ts";
import { handshake } from "../support/client.ts";
import type { Relay } from "../support/relay.ts";
import type { Room } from "../support/room.ts";
import { until } from "../support/until.ts";

const later = globalThis.setTimeout.bind(globalThis);

/**
 * A client as the SDK is one: comes back whenever its connection ends, resumes from its cursor, and publishes again, by its
 * id, what was not acknowledged. It keeps what it was told that cannot be true.
 */
export class Follower {
  readonly data: unknown[] = [];
  readonly wrong: string[] = [];
  readonly gaps: unknown[] = [];
  /** How often it has connected. */
  connects = 0;
  cursor: Cursor | null = null;
  lastClose: number | null = null;
  readonly #dial: (start: Start) => Promise<WebSocket | null>;
  readonly #unsettled = new Map<string, { readonly frame: object; readonly resolve: (seq: number) => void }>();
  #socket: WebSocket | null = null;
  #isOver = false;

  /** @param dial null: it was refused for now */
  constructor(dial: (start: Start) => Promise<WebSocket | null>) {
    this.#dial = dial;
    onTestFinished(() => {
      this.#isOver = true;
      this.#socket?.close(1000);
    });
  }

  async start(): Promise<this> {
    void this.#connect();
    await until(() => this.cursor !== null, "a welcome");
    return this;
  }

  /** Fulfilled with the seq when it is acknowledged. */
  publish(data: unknown): Promise<number> {
    const id = crypto.randomUUID();
    const frame = { type: "publish", ref: id, id, data };
    return new Promise((resolve) => {
      this.#unsettled.set(id, { frame, resolve });
      this.#send(frame);
    });
  }

  async has(count: number): Promise<void> {
    await until(
      () => this.data.length >= count || this.wrong.length > 0,
      `${count} messages, of which ${this.data.length} came`,
    );
  }

  async #connect(): Promise<void> {
    if (this.#isOver) return;
    const start: Start = this.cursor === null ? { kind: "now" } : { kind: "after", cursor: this.cursor };
    const socket = await this.#dial(start).catch(() => null);
    if (socket === null) return void later(() => void this.#connect(), 20);
    this.connects++;
    this.#socket = socket;
    let isOpen = true;
    const lost = (event: { code?: number }) => {
      if (!isOpen) return;
      isOpen = false;
      this.lastClose = event.code ?? null;
      this.#socket = null;
      later(() => void this.#connect(), 5);
    };
    socket.addEventListener("message", ({ data }) => isOpen && this.#take(JSON.parse(data as string)));
    socket.addEventListener("close", lost);
    socket.addEventListener("error", () => lost({}));
    socket.accept();
    for (const { frame } of this.#unsettled.values()) this.#send(frame);
  }

  #send(frame: object): void {
    try {
      this.#socket?.send(JSON.stringify(frame));
    } catch {
      // Its close is on the way, and it is sent again.
    }
  }

  // biome-ignore lint/suspicious/noExplicitAny: frames as they come.
  #take(frame: any): void {
    if (frame.type === "welcome") this.cursor ??= parseCursor(frame.cursor);
    else if (frame.type === "gap") {
      this.gaps.push(frame);
      const oldest = frame.oldest === null ? null : (parseCursor(frame.oldest) as Cursor);
      this.cursor = oldest === null ? parseCursor(frame.cursor) : { ...oldest, seq: oldest.seq - 1 };
    } else if (frame.type === "messages") for (const message of frame.messages) this.#message(message);
    else if (frame.type === "ack" || frame.type === "error") {
      const waiting = this.#unsettled.get(frame.ref);
      if (frame.type === "error" && isObject(frame) && frame.code !== "overloaded")
        this.wrong.push(JSON.stringify(frame));
      if (frame.type === "error") return void later(() => waiting && this.#send(waiting.frame), 20);
      this.#unsettled.delete(frame.ref);
      waiting?.resolve(frame.seq);
    }
  }

  #message({ seq, data }: { seq: number; data: unknown }): void {
    const { epoch, seq: last } = this.cursor as Cursor;
    if (seq !== last + 1) this.wrong.push(`${seq} came after ${last}`);
    this.cursor = { epoch, seq };
    this.data.push(data);
  }
}

/** One who is connected to that relay. */
export const atRelay = (relay: Relay, user: string) =>
  new Follower(async (start) => (await relay.dial(user, { start })).webSocket).start();

/** One who is connected to the room itself. */
export const atRoom = (room: Room, user: string) =>
  new Follower(async (start) => {
    const query = start.kind === "after" ? { after: `${start.cursor.epoch}-${start.cursor.seq}` } : {};
    return (await handshake(room, { user, query })).webSocket;
  }).start();
