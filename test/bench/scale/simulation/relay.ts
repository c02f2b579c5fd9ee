/**
 * A relay and all its listeners, who are a number: what is the same for each of them is reckoned once a batch. Everybody who
 * listens has everything up to the relay's position; who is away has what was there when they went.
 */
import type { Region } from "../regions.ts";
import type { Units } from "../unit-costs.ts";
import type { Callee } from "./caller.ts";
import type { Clock } from "./clock.ts";
import type { Tally } from "./tally.ts";
import { Thread } from "./thread.ts";

/** What has been said, by its number: 1 and on. */
export interface Said {
  /** ms; null: it is no message, but how many are there. */
  at(number: number): number | null;
  phase(at: number): "joining" | "steady" | null;
}

/** Until who found nobody tries again. */
const RETRY_MS = 1000;

export interface RelayParts {
  readonly clock: Clock;
  readonly units: Units;
  readonly region: Region;
  readonly said: Said;
  readonly tally: Tally;
  readonly messageBytes: number;
}

export class Relay implements Callee {
  readonly thread = new Thread();
  position = 0;
  listeners = 0;
  isUp = true;
  readonly #parts: RelayParts;

  constructor(parts: RelayParts) {
    this.#parts = parts;
  }

  get region(): Region {
    return this.#parts.region;
  }

  take(to: number): number | null {
    if (!this.isUp) return null;
    if (to <= this.position) return 0; // from before it failed: it has more by now
    const { clock, units, messageBytes } = this.#parts;
    const kib = ((to - this.position) * messageBytes) / 1024;
    const begins = units.take + units.row + kib * units.callPerKiB;
    const turn = begins + this.listeners * units.send;
    const start = this.thread.begin(clock.now, turn);
    this.#sent(this.position, to, start, begins, turn);
    this.position = to;
    return start + Math.max(turn, units.commit) - clock.now;
  }

  /** What a turn sends, which is held until the row is safe. */
  #sent(after: number, to: number, start: number, begins: number, turn: number): void {
    if (this.listeners === 0) return;
    const { units, said, tally, region } = this.#parts;
    const held = Math.min(1, Math.max(0, (units.commit - begins) / (turn - begins)));
    for (let number = after + 1; number <= to; number++) {
      const at = said.at(number);
      const phase = at === null ? null : said.phase(at);
      if (at === null || phase === null) continue;
      const safe = start + units.commit - at;
      if (held > 0) tally.add(phase, region, safe, safe, held * this.listeners);
      if (held < 1)
        tally.add(phase, region, Math.max(safe, start + begins - at), start + turn - at, (1 - held) * this.listeners);
    }
  }

  /** `count` new listeners: they have what is said from then on. */
  join(count: number): void {
    const { clock, units } = this.#parts;
    const done = this.thread.work(clock.now, count * units.join);
    clock.at(done, () => {
      if (this.isUp) this.listeners += count;
      else clock.at(clock.now + RETRY_MS, () => this.join(count));
    });
  }

  /** @returns how many it loses */
  fail(): number {
    const lost = this.listeners;
    this.listeners = 0;
    this.isUp = false;
    return lost;
  }

  /** `count` of its listeners are there again, who had everything up to `after`: they are told the rest. */
  comeBack(count: number, after: number): void {
    const { clock, units, said, tally, region } = this.#parts;
    if (!this.isUp) {
      clock.at(clock.now + RETRY_MS, () => this.comeBack(count, after)); // it has failed again
      return;
    }
    const to = this.position;
    const each = units.join + (to > after ? units.send : 0) + (to - after) * units.replayed;
    const start = this.thread.begin(clock.now, count * each);
    const end = start + count * each;
    for (let number = after + 1; number <= to; number++) {
      const at = said.at(number);
      const phase = at === null ? null : said.phase(at);
      if (at === null || phase === null) continue;
      tally.add(phase, region, start - at, end - at, count);
      tally.addAfterFailure(start - at, end - at, count);
    }
    // A batch that comes meanwhile finds the thread busy, and them there.
    this.listeners += count;
  }
}
