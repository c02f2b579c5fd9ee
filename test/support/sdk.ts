/** The SDK in a world of its own: a virtual clock and a fake service. */
import { Edgewire, type EdgewireOptions, type Room, type RoomOptions } from "../../src/client/index.ts";
import { FakeService, tokenOf } from "./fake-service.ts";
import { VirtualClock } from "./virtual-clock.ts";

// They are loaded when they are needed, which takes real time; from here on they are there.
await Promise.all([import("../../src/client/later.ts"), import("../../src/client/multiplex.ts")]);

export class FakeStore extends Map<string, string> {
  getItem(key: string): string | null {
    return this.get(key) ?? null;
  }
  setItem(key: string, value: string): void {
    this.set(key, value);
  }
  removeItem(key: string): void {
    this.delete(key);
  }
}

export class SdkWorld {
  readonly clock = new VirtualClock();
  readonly service = new FakeService(this.clock);
  readonly storage = new FakeStore();
  /** ms that a token lives. */
  tokenLife = 3_600_000;
  isTokenServerDown = false;
  tokens = 0;
  readonly #wakes = new Set<() => void>();

  wire(options: Partial<EdgewireOptions> = {}): Edgewire {
    const { clock, service } = this;
    return new Edgewire({
      url: "http://service.test",
      token: async () => {
        if (this.isTokenServerDown) throw new Error("no token today");
        this.tokens++;
        return tokenOf("alice", clock.now() + this.tokenLife);
      },
      ...{ WebSocket: service.WebSocket, fetch: service.fetch, storage: this.storage, random: () => 0.5 },
      ...{ now: clock.now, setTimeout: clock.setTimeout, clearTimeout: clock.clearTimeout, every: clock.every },
      onWake: (wake) => {
        this.#wakes.add(wake);
        return () => this.#wakes.delete(wake);
      },
      ...options,
    });
  }

  wake(): void {
    for (const wake of [...this.#wakes]) wake();
  }

  /** A room, and everything that it says. */
  room(options: RoomOptions = {}, given: Partial<EdgewireOptions> = {}): { room: Room; told: Told } {
    const room = this.wire(given).room("lobby", options);
    return { room, told: toldBy(room) };
  }
}

/** Everything that a room says. */
export function toldBy(room: Room): Told {
  const told: Told = { states: [], data: [], seqs: [], gaps: 0, calls: 0 };
  for (const name of ["message", "signal", "presence", "gap", "read", "state"] as const)
    room.on(name, () => void told.calls++);
  room.on("state", ({ name }) => void told.states.push(name));
  room.on("gap", () => void told.gaps++);
  room.on("message", ({ data, seq }) => {
    told.data.push(data);
    told.seqs.push(seq);
  });
  return told;
}

export interface Told {
  readonly states: string[];
  readonly data: unknown[];
  readonly seqs: number[];
  gaps: number;
  calls: number;
}

/** What became of a promise, without waiting for it. */
export function outcomeOf(promise: Promise<unknown>): { settled: number; value?: unknown; error?: unknown } {
  const outcome: ReturnType<typeof outcomeOf> = { settled: 0 };
  promise.then(
    (value) => Object.assign(outcome, { settled: outcome.settled + 1, value }),
    (error) => Object.assign(outcome, { settled: outcome.settled + 1, error }),
  );
  return outcome;
}
