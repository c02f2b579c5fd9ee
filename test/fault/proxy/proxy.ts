/**
 * A TCP proxy that breaks connections as networks do: slow, late, in single bytes, stalled, silent one way or both, ended
 * and reset, at once or after so many bytes. It stays where it is, whatever port the server behind it has.
 */
import { connect, createServer, type Server, type Socket } from "node:net";
import { Random } from "../random.ts";
import { Flow, type Weather } from "./flow.ts";

/** `up`: from the client to the server. */
export type Direction = "up" | "down";
/** How both sides learn of a cut. */
export type Ending = "reset" | "end";

/** What passes before a cut. */
export interface Budget {
  readonly direction: Direction;
  /** Bytes of all connections together. */
  readonly bytes: number;
  readonly ending: Ending;
}

interface Pair {
  readonly near: Socket;
  readonly far: Socket;
  readonly up: Flow;
  readonly down: Flow;
}

export interface ProxyOptions {
  /** Origin of the server, asked at each connection; while it throws, connections are dropped as soon as they come. */
  readonly target: () => string;
  readonly seed?: number;
  /** Is told all that reaches the client. */
  readonly heard?: (bytes: Buffer, connection: number) => void;
}

export class TcpProxy {
  /** Of what travels from now on. */
  readonly weather: Weather = { latency: 0, jitter: 0, trickles: false };
  /** Bytes that passed, over all connections. */
  readonly passed: Record<Direction, number> = { up: 0, down: 0 };
  /** Of connections that were open when they were broken. */
  cuts = 0;
  /** What passes without being counted, against a budget neither. */
  uncounted: Buffer | null = null;
  readonly #server: Server;
  readonly #pairs = new Set<Pair>();
  readonly #random: Random;
  readonly #options: ProxyOptions;
  #port = 0;
  #count = 0;
  #budget: Budget | null = null;

  static async start(options: ProxyOptions): Promise<TcpProxy> {
    const proxy = new TcpProxy(options);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    proxy.#server.once("error", reject);
    proxy.#server.listen(0, "127.0.0.1", resolve);
    await promise;
    const address = proxy.#server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    proxy.#port = address.port;
    return proxy;
  }

  private constructor(options: ProxyOptions) {
    this.#options = options;
    this.#random = new Random(options.seed ?? 1);
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => this.#accept(near));
  }

  /** Origin, e.g. `http://127.0.0.1:4321`. */
  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Connections that are open. */
  get size(): number {
    return this.#pairs.size;
  }

  /** After so many more bytes everything that is open is cut, once. Null: not at all. */
  set budget(budget: Budget | null) {
    this.#budget = budget && { ...budget, bytes: this.passed[budget.direction] + budget.bytes };
    this.#spend();
  }

  /** Whether the budget has been used up, or none was given. */
  get isSpent(): boolean {
    return this.#budget === null;
  }

  /** Breaks what is open now, or those of it that `chosen` picks; answers how many. New connections go through. */
  cut(chosen: () => boolean = () => true, ending: Ending = "reset"): number {
    const victims = [...this.#pairs].filter(chosen);
    for (const pair of victims) this.#break(pair, ending);
    return victims.length;
  }

  /** What is open passes nothing for so long, ms. */
  stall(ms: number, directions: readonly Direction[] = ["up", "down"]): number {
    for (const pair of this.#pairs) for (const direction of directions) pair[direction].stall(ms);
    return this.#pairs.size;
  }

  /** What is open loses all from now on, and nobody is told. */
  blacken(directions: readonly Direction[] = ["up", "down"]): number {
    for (const pair of this.#pairs) for (const direction of directions) pair[direction].blacken();
    return this.#pairs.size;
  }

  /** Nothing is slow or late any more; what was silent is reset, as when a network is back that has forgotten it. */
  heal(): void {
    Object.assign(this.weather, { latency: 0, jitter: 0, trickles: false });
    this.#budget = null;
    for (const pair of this.#pairs) {
      if (pair.up.isBlack || pair.down.isBlack) this.#break(pair, "reset");
      else for (const flow of [pair.up, pair.down]) flow.resume();
    }
  }

  stop(): Promise<void> {
    this.cut();
    return new Promise((done) => this.#server.close(() => done()));
  }

  #accept(near: Socket): void {
    let port: number;
    try {
      port = Number(new URL(this.#options.target()).port);
    } catch {
      near.on("error", () => undefined);
      reset(near);
      return;
    }
    const far = connect({ port, host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
    const up = new Flow(near, far, this.weather, this.#random);
    const down = new Flow(far, near, this.weather, this.#random);
    const pair: Pair = { near, far, up, down };
    const name = ++this.#count;
    up.onPass = (bytes) => this.#pass("up", bytes);
    down.onPass = (bytes) => {
      const count = this.#pass("down", bytes);
      this.#options.heard?.(bytes.subarray(0, count), name);
      return count;
    };
    this.#pairs.add(pair);
    for (const [socket, other, flow] of [
      [near, far, up],
      [far, near, down],
    ] as const) {
      // Without listeners a reset would be thrown; what it means for the other side is said by `close`.
      socket.on("error", () => undefined);
      socket.once("close", (hadError) => {
        // Of the end of one side of what is silent, the other does not hear.
        if (flow.isBlack && this.#pairs.has(pair) && !other.destroyed) return;
        this.#pairs.delete(pair);
        if (hadError) reset(other);
        else if (!other.destroyed) other.destroySoon();
      });
    }
  }

  #pass(direction: Direction, bytes: Buffer): number {
    const budget = this.#budget;
    const isLimited = budget?.direction === direction;
    const most = isLimited ? budget.bytes - this.passed[direction] : Number.POSITIVE_INFINITY;
    const { length, counted } = beginningOf(bytes, most, this.uncounted);
    this.passed[direction] += counted;
    // After these have been written, and read by whoever is in this process: a reset takes away what is unread.
    if (isLimited) setImmediate(() => setImmediate(() => this.#spend()));
    return length;
  }

  #spend(): void {
    const budget = this.#budget;
    if (budget === null || this.passed[budget.direction] < budget.bytes) return;
    if (this.#pairs.size === 0) return; // nobody is there yet: the first that comes
    this.#budget = null;
    this.cut(undefined, budget.ending);
  }

  #break(pair: Pair, ending: Ending): void {
    this.#pairs.delete(pair);
    this.cuts++;
    const { near, far, up, down } = pair;
    up.stop();
    down.stop();
    for (const socket of [near, far]) {
      if (ending === "reset") reset(socket);
      else socket.destroySoon();
    }
  }
}

/** So much of `bytes` that at most so many of it are counted. */
function beginningOf(bytes: Buffer, most: number, uncounted: Buffer | null): { length: number; counted: number } {
  let [length, counted] = [0, 0];
  for (;;) {
    const next = uncounted === null ? -1 : bytes.indexOf(uncounted, length);
    const end = next < 0 ? bytes.length : next;
    const part = Math.min(end - length, most - counted);
    length += part;
    counted += part;
    if (uncounted === null || next < 0 || counted >= most) return { length, counted };
    length += uncounted.length;
  }
}

/** `resetAndDestroy` of Node sends an orderly end before the reset; without it both sides have only that. */
function reset(socket: Socket): void {
  if (socket.connecting) socket.destroy();
  else Object.assign(socket, { resetAndClosing: true }).destroy();
}
