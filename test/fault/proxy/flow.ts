/** One direction of a proxied connection: what comes in at one socket goes out at the other, as the weather lets it. */
import type { Socket } from "node:net";
import type { Random } from "../random.ts";

/** How bytes travel. */
export interface Weather {
  /** ms, one way. */
  latency: number;
  /** ms more, at most; order is kept. */
  jitter: number;
  /** Each byte in a write of its own. */
  trickles: boolean;
}

interface Parcel {
  readonly bytes: Buffer;
  /** ms, by `performance.now()`. */
  readonly due: number;
}

/** Bytes that wait here before the sender is made to wait. */
const MOST_HELD = 64 * 1024;
/** Of a trickle: bytes in one turn, so that other connections have theirs. */
const TRICKLE_TURN = 256;

export class Flow {
  /** Bytes that went out. */
  passed = 0;
  /** Called with what goes out, before it does; it answers how many bytes of it may. */
  onPass: (bytes: Buffer) => number = (bytes) => bytes.length;
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #weather: Weather;
  readonly #random: Random;
  #parcels: Parcel[] = [];
  #held = 0;
  #lastDue = 0;
  #stalledUntil = 0;
  #isBlack = false;
  #hasEnded = false;
  #timer: NodeJS.Timeout | undefined;
  #isFull = false;

  constructor(from: Socket, to: Socket, weather: Weather, random: Random) {
    this.#from = from;
    this.#to = to;
    this.#weather = weather;
    this.#random = random;
    from.on("data", (bytes) => this.#take(bytes));
    from.on("end", () => {
      this.#hasEnded = true;
      this.#pump();
    });
    to.on("drain", () => {
      this.#isFull = false;
      this.#pump();
    });
  }

  get isBlack(): boolean {
    return this.#isBlack;
  }

  /** Nothing goes out for so long, ms; then the sender is made to wait. */
  stall(ms: number): void {
    this.#stalledUntil = Math.max(this.#stalledUntil, performance.now() + ms);
  }

  /** A stall is over. */
  resume(): void {
    this.#stalledUntil = 0;
    this.#pump();
  }

  /** From now on all that comes is lost, its end too, and nobody is told. */
  blacken(): void {
    this.#isBlack = true;
    this.#drop();
  }

  /** Nothing more goes out. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#drop();
    this.#isBlack = true;
  }

  #drop(): void {
    this.#parcels = [];
    this.#held = 0;
    this.#from.resume();
  }

  #take(bytes: Buffer): void {
    if (this.#isBlack) return;
    const { latency, jitter } = this.#weather;
    const late = latency + (jitter > 0 ? this.#random.between(0, jitter) : 0);
    this.#lastDue = Math.max(this.#lastDue, performance.now() + late);
    this.#parcels.push({ bytes, due: this.#lastDue });
    this.#held += bytes.length;
    if (this.#held > MOST_HELD) this.#from.pause();
    this.#pump();
  }

  #pump(): void {
    clearTimeout(this.#timer);
    while (!this.#isFull && !this.#isBlack) {
      const [parcel] = this.#parcels;
      if (parcel === undefined) {
        if (this.#hasEnded) this.#to.end();
        return;
      }
      const wait = Math.max(parcel.due, this.#stalledUntil) - performance.now();
      if (wait > 0) {
        this.#timer = setTimeout(() => this.#pump(), wait);
        return;
      }
      if (this.#weather.trickles) {
        this.#trickle(parcel);
        this.#timer = setTimeout(() => this.#pump(), 0);
        return;
      }
      this.#parcels.shift();
      this.#pass(parcel.bytes);
    }
  }

  #trickle(parcel: Parcel): void {
    this.#parcels.shift();
    const rest = parcel.bytes.subarray(TRICKLE_TURN);
    if (rest.length > 0) this.#parcels.unshift({ bytes: rest, due: parcel.due });
    for (const byte of parcel.bytes.subarray(0, TRICKLE_TURN)) this.#pass(Buffer.of(byte));
  }

  #pass(bytes: Buffer): void {
    this.#held -= bytes.length;
    if (this.#held <= MOST_HELD && this.#from.isPaused()) this.#from.resume();
    const part = bytes.subarray(0, this.onPass(bytes));
    this.passed += part.length;
    if (part.length > 0 && this.#to.writable && !this.#to.write(part)) this.#isFull = true;
  }
}
