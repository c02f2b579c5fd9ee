/**
 * Who calls others with what is new, one call to each at a time, what comes meanwhile waiting for its answer: a room, or a
 * hub. Whom it calls is a `Callee`.
 */
import type { Clock } from "./clock.ts";
import type { Thread } from "./thread.ts";

export interface Callee {
  /** Everything up to here has been sent to it and taken. */
  position: number;
  readonly isUp: boolean;
  /** Takes a batch that has arrived just now. @returns ms until its answer leaves; null: there is nobody */
  take(to: number): number | null;
}

export interface LineParts {
  readonly callee: Callee;
  /** ms, one way: another each time. */
  travel(): number;
}

class Line {
  readonly parts: LineParts;
  state: "idle" | "queued" | "out" | "down" = "idle";

  constructor(parts: LineParts) {
    this.parts = parts;
  }
}

export interface CallerParts {
  readonly clock: Clock;
  readonly thread: Thread;
  /** How much there is to pass on: what comes later has a higher number. */
  head(): number;
  /** ms of CPU, at this end, of a call with so many. */
  cost(count: number): number;
  readonly atOnce: number;
}

export class Caller {
  readonly #parts: CallerParts;
  readonly #lines: Line[];
  readonly #queue: Line[] = [];
  #out = 0;
  calls = 0;
  largestBatch = 0;

  constructor(parts: CallerParts, lines: readonly LineParts[]) {
    this.#parts = parts;
    this.#lines = lines.map((line) => new Line(line));
  }

  /** ms of CPU to call all that may be called now. */
  get turn(): number {
    let cost = 0;
    for (const line of this.#lines) if (line.state === "idle") cost += this.#costOf(line) / 2;
    return cost;
  }

  /** Calls all who may be: what leaves, leaves at `at`. Its CPU time has been counted. */
  callAll(at: number): void {
    for (const line of this.#lines) if (line.state === "idle") this.#call(line, at);
  }

  /** Somebody who was down is there again, and has everything up to its position. */
  isUp(callee: Callee): void {
    const line = this.#lines.find((each) => each.parts.callee === callee);
    if (line?.state !== "down") return; // a call that is out finds it there, or its answer does
    line.state = "idle";
    this.#next(line);
  }

  #costOf({ parts: { callee } }: Line): number {
    return this.#parts.cost(this.#parts.head() - callee.position);
  }

  #call(line: Line, at: number): void {
    if (this.#out >= this.#parts.atOnce) {
      line.state = "queued";
      this.#queue.push(line);
      return;
    }
    const { clock, head } = this.#parts;
    const { callee, travel } = line.parts;
    const to = head();
    this.largestBatch = Math.max(this.largestBatch, to - callee.position);
    line.state = "out";
    this.#out++;
    this.calls++;
    clock.at(at + travel(), () => {
      const answer = callee.take(to);
      clock.at(clock.now + (answer ?? 0) + travel(), () => this.#answered(line, answer !== null));
    });
  }

  #answered(line: Line, isThere: boolean): void {
    const { clock, thread } = this.#parts;
    const done = thread.work(clock.now, this.#parts.cost(0) / 2);
    clock.at(done, () => {
      this.#out--;
      line.state = isThere || line.parts.callee.isUp ? "idle" : "down";
      // Who has waited comes first; otherwise those who are near would have every call.
      const waiting = this.#queue.shift();
      if (waiting !== undefined) {
        waiting.state = "idle";
        this.#next(waiting);
      }
      this.#next(line);
    });
  }

  /** One more call, if there is news. */
  #next(line: Line): void {
    const { clock, thread, head } = this.#parts;
    if (line.state !== "idle" || line.parts.callee.position >= head()) return;
    this.#call(line, thread.work(clock.now, this.#costOf(line) / 2));
  }
}
