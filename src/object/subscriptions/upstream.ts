/**
 * What one subscription has to tell its channel, in order: one call at a time, and what comes meanwhile goes with the next. A
 * call that fails is repeated under its number, which the channel knows; when that is of no use nobody knows what became of
 * it, and the subscription is in doubt.
 */
import type { Failure } from "../../protocol/codes.ts";
import { RETRIES } from "../backoff.ts";
import type { Act, LinkAnswer, LinkCall } from "../links/calls.ts";
import { within } from "../within.ts";

/** Acts of one call, and UTF-16 units of their frames unless one alone is larger. */
const CALL_ACTS = 100;
const CALL_UNITS = 1024 * 1024;
/** The same of all that wait. */
const MOST_ACTS = 1000;
const MOST_UNITS = 2 * 1024 * 1024;
/** ms that a call may take: the application may take ten seconds to say something to a message. */
const PATIENCE = 30_000;

export type Outcome =
  | { readonly kind: "done" }
  | { readonly kind: "refused"; readonly failure: Failure }
  /** The channel has no such subscription (any more). */
  | { readonly kind: "ended" }
  /** Nobody knows. */
  | { readonly kind: "doubt" };

export class Upstream {
  readonly #subscription: string;
  readonly #peer: string;
  readonly #call: (call: LinkCall) => Promise<LinkAnswer>;
  /** After each call. */
  readonly #answered: (outcome: Outcome, acts: readonly Act[]) => void;
  #queue: Act[] = [];
  #units = 0;
  #isHeld: boolean;
  #isRunning = false;
  #number = 0;
  #waiting: (() => void)[] = [];

  constructor(parts: {
    peer: string;
    subscription: string;
    /** Nothing is told before `release`. */
    isHeld: boolean;
    call: (call: LinkCall) => Promise<LinkAnswer>;
    answered: (outcome: Outcome, acts: readonly Act[]) => void;
  }) {
    this.#peer = parts.peer;
    this.#subscription = parts.subscription;
    this.#isHeld = parts.isHeld;
    this.#call = parts.call;
    this.#answered = parts.answered;
  }

  /** False if too much waits already; what is not a client's is always taken. */
  push(act: Act): boolean {
    const units = unitsOf(act);
    const isFull = this.#queue.length >= MOST_ACTS || this.#units + units > MOST_UNITS;
    if (act.kind === "frame" && isFull) return false;
    this.#queue.push(act);
    this.#units += units;
    this.#go();
    return true;
  }

  release(): void {
    this.#isHeld = false;
    this.#go();
  }

  /** Fulfilled when all has been told, or is given up. */
  async idle(): Promise<void> {
    if (this.#queue.length === 0 && !this.#isRunning) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push(resolve);
    return promise;
  }

  /** Forgets what waits. */
  drop(): void {
    this.#queue = [];
    this.#units = 0;
  }

  #go(): void {
    if (this.#isHeld || this.#isRunning || this.#queue.length === 0) return;
    this.#isRunning = true;
    // After the event that brought it, so that what came together is told together.
    // What throws there has reset the object: nobody is left to hear of it.
    queueMicrotask(() => void this.#run().catch(() => undefined));
  }

  async #run(): Promise<void> {
    while (this.#queue.length > 0) {
      const acts = this.#take();
      const outcome = await this.#tell(acts);
      if (outcome.kind !== "done") this.drop();
      this.#answered(outcome, acts);
    }
    this.#isRunning = false;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #take(): Act[] {
    let units = 0;
    let count = 0;
    for (const act of this.#queue.slice(0, CALL_ACTS)) {
      units += unitsOf(act);
      if (count > 0 && units > CALL_UNITS) break;
      count++;
    }
    const acts = this.#queue.splice(0, count);
    for (const act of acts) this.#units -= unitsOf(act);
    return acts;
  }

  async #tell(acts: readonly Act[]): Promise<Outcome> {
    // Ascending, though this object may have slept since the last.
    this.#number = Math.max(this.#number + 1, Date.now());
    let isRepeated = false;
    for (const wait of [...RETRIES, null]) {
      const call = {
        peer: this.#peer,
        subscription: this.#subscription,
        number: this.#number,
        isRepeated,
        acts,
      };
      try {
        const answer = await within(PATIENCE, this.#call(call));
        if (answer.kind === "unknown") return { kind: "doubt" };
        if (answer.kind !== "stale") return answer;
        this.#number = answer.last + 1; // the clock went back: nothing was done
      } catch {
        isRepeated = true;
      }
      if (wait !== null) await new Promise((resolve) => setTimeout(resolve, wait));
    }
    return { kind: "doubt" };
  }
}

function unitsOf(act: Act): number {
  return act.kind === "frame" ? act.text.length : 0;
}
