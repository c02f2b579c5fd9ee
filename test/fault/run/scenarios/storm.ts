/** A reconnect storm: thousands of sockets are cut at the same moment, and all come back, half of them to a long replay. */
import { setTimeout as pause } from "node:timers/promises";
import WebSocket from "ws";
import { channelUrl } from "../../../support/channel-url.ts";
import { type Message, positionOf } from "../../../support/frames.ts";
import { until } from "../../../support/until.ts";
import type { Random } from "../../random.ts";
import { API_KEY } from "../../tokens.ts";
import type { Room, Stage } from "../stage.ts";
import { staged } from "./staged.ts";

/** Messages that half of them have to catch up with. */
const REPLAY = 1000;
const PER_REQUEST = 100;
/** ms between two pings, half of what the service of a fault run waits for. */
const BEAT = 3000;
/** ms in which all should be back. */
const BACK_WITHIN = 30_000;
/** What a handshake may be refused with: too many at once. */
const MAY_REFUSE: ReadonlySet<number> = new Set([429, 503]);

export const storm = staged({
  name: "storm",
  about:
    "2,000 sockets are cut at once, half of them 1,000 messages behind: all are back, whole; and how long that took",
  // The proxy of `wrangler dev` takes its time for as many.
  servers: ["workerd"],
  sizes: { short: 0, usual: 2000, long: 2000 },
  stage: { patience: { slack: 8000, patience: 60_000 }, rooms: 1 },
  pace: 1,
  async disturb(stage, { size }) {
    const [room] = stage.rooms as [Room];
    const filled = await fill(stage, room);
    const { proxy } = await stage.proxy("storm");
    stage.recorder.note({ type: "grant", user: "storm", channel: room.channel, until: null });
    const readers = Array.from({ length: size }, (_, index) => {
      // Where half of them stand when they come back: before all that was filled in, or behind it.
      const after = index % 2 === 0 ? room.start : filled;
      return new Reader(() => proxy.url, room, stage.random, index % 2 === 0 ? after : null, after);
    });
    try {
      for (const reader of readers) {
        reader.dial();
        // They came one after the other.
        if (reader.number % 50 === 0) await pause(20);
      }
      const isWhole = (reader: Reader) => reader.isOpen && reader.seq >= positionOf(filled).seq;
      const open = () => readers.filter(isWhole).length;
      await until(() => open() === size, { what: () => `${open()} of ${size} are there`, timeout: 120_000 });
      for (const reader of readers) reader.goBack();
      const began = performance.now();
      stage.fault("storm");
      proxy.cut();
      await until(() => open() === size, { what: () => `${open()} of ${size} are back`, timeout: 2 * BACK_WITHIN });
      const ms = performance.now() - began;
      stage.extra["sockets back"] = size;
      stage.extra["storm ms"] = Math.round(ms);
      stage.extra["storm refusals"] = readers.reduce((sum, { refused }) => sum + refused, 0);
      // Counted, and not a failure: on a machine that does other things too, time says little.
      stage.extra["storms over in 30 s"] = ms <= BACK_WITHIN ? 1 : 0;
      stage.problems.push(...readers.flatMap(({ problems }) => problems).slice(0, 10));
    } finally {
      for (const reader of readers) reader.leave();
    }
  },
});

/** One of thousands: it checks what it gets by itself, and writes nothing down. */
class Reader {
  static #count = 0;
  readonly number = ++Reader.#count;
  readonly problems: string[] = [];
  refused = 0;
  seq: number;
  isOpen = false;
  readonly #origin: () => string;
  readonly #room: Room;
  readonly #random: Random;
  readonly #back: string | null;
  #cursor: string;
  #socket: WebSocket | null = null;
  #tries = 0;
  #hasLeft = false;

  /** @param back where it goes back to before the storm; null: nowhere */
  constructor(origin: () => string, room: Room, random: Random, back: string | null, after: string) {
    this.#origin = origin;
    this.#room = room;
    this.#random = random;
    this.#back = back;
    this.#cursor = after;
    this.seq = positionOf(after).seq;
  }

  dial(): void {
    if (this.#hasLeft) return;
    const query = { after: this.#cursor, member: 0, user: "storm" };
    const url = channelUrl(this.#origin().replace("http", "ws"), this.#room.channel, "connect", query);
    const socket = new WebSocket(url, { headers: { authorization: `Bearer ${API_KEY}` }, perMessageDeflate: false });
    this.#socket = socket;
    socket.on("message", (raw) => this.#take(raw.toString()));
    socket.on("unexpected-response", (_, { statusCode = 0 }) => {
      this.refused++;
      if (!MAY_REFUSE.has(statusCode)) this.problems.push(`a socket was refused with ${statusCode}`);
      socket.terminate();
    });
    socket.on("error", () => undefined);
    const beat = setInterval(() => socket.readyState === WebSocket.OPEN && socket.send("ping"), BEAT);
    socket.on("close", () => {
      clearInterval(beat);
      this.isOpen = false;
      // Full jitter, as the SDK's.
      const longest = Math.min(500 * 2 ** this.#tries++, 20_000);
      setTimeout(() => this.dial(), this.#random.between(0, longest));
    });
  }

  goBack(): void {
    this.isOpen = false; // what was on its way to it is not its business any more
    if (this.#back === null) return;
    this.#cursor = this.#back;
    this.seq = positionOf(this.#back).seq;
  }

  leave(): void {
    this.#hasLeft = true;
    this.#socket?.terminate();
  }

  #take(text: string): void {
    if (text === "pong") return;
    const frame = JSON.parse(text) as { type: string; messages?: Message[] };
    if (frame.type === "gap") this.problems.push(`a gap, though nothing is missing: ${text}`);
    if (frame.type === "welcome") this.isOpen = true;
    if (frame.type === "welcome") this.#tries = 0;
    for (const { seq } of this.isOpen ? (frame.messages ?? []) : []) {
      if (seq !== this.seq + 1) this.problems.push(`${seq} came after ${this.seq}`);
      this.seq = seq;
      this.#cursor = `${positionOf(this.#cursor).epoch}-${seq}`;
    }
  }
}

/** Answers the cursor of the last. */
async function fill(stage: Stage, room: Room): Promise<string> {
  let seq = 0;
  for (let count = 0; count < REPLAY / PER_REQUEST; count++)
    seq = await stage.say(
      room,
      Array.from({ length: PER_REQUEST }, (_, index) => ({
        id: `fill-${count}-${index}`,
        data: { n: `fill-${count}-${index}` },
      })),
    );
  return `${positionOf(room.start).epoch}-${seq}`;
}
