/** Takes what waits in the outbox to the service, in order and as fast as it lets one, and settles it. */
import type { ClientFrame, ErrorFrame, WelcomeLimits } from "../protocol/frames.ts";
import type { Environment } from "./environment.ts";
import { EdgewireError } from "./errors.ts";
import type { Outbox, Receipt } from "./outbox.ts";
import { newPace, type Pace } from "./pace.ts";
import { newTimers, type Timers } from "./timers.ts";

/** Publishes under way at a time: enough for any distance, few enough to be sent again. */
const AT_ONCE = 64;
/** ms to wait after a refusal that passes and does not say how long it does. */
const PAUSE = 1000;
const LONGEST_PAUSE = 60_000;
/** ms without any answer to what is under way. */
const PATIENCE = 30_000;

/** What it brings lies flat beside `ref`. */
export interface Ack {
  readonly ref: string;
  readonly [field: string]: unknown;
}

export interface SenderEvents {
  send(frame: ClientFrame): void;
  /** Nothing is answered any more. */
  stalled(): void;
}

export class Sender {
  readonly outbox: Outbox;
  readonly #events: SenderEvents;
  readonly #timers: Timers;
  readonly #pace: Pace;
  readonly #signalPace: Pace;
  #limits: WelcomeLimits | undefined;
  #isReady = false;

  constructor(outbox: Outbox, environment: Environment, events: SenderEvents) {
    this.outbox = outbox;
    this.#events = events;
    this.#timers = newTimers(environment);
    this.#pace = newPace(environment.now);
    this.#signalPace = newPace(environment.now);
  }

  /** A new connection. */
  begin(limits: WelcomeLimits): void {
    this.pause();
    this.#limits = limits;
  }

  caughtUp(): void {
    this.#isReady = true;
    this.send();
  }

  /** Whatever was under way may be lost, and is sent again. */
  pause(): void {
    this.#isReady = false;
    this.#timers.clear();
    this.outbox.unsent();
  }

  send(): void {
    const { publish, data: longest } = this.#limits ?? {};
    while (this.#isReady && publish && longest !== undefined && !this.#timers.has("pause")) {
      const entry = this.outbox.next(AT_ONCE);
      if (entry === undefined) return;
      const { draft, bytes } = entry;
      if (bytes > longest) {
        // A frame that is too large would end the connection for good.
        this.outbox.refused(draft.id, new EdgewireError("too_large", `The data is larger than ${longest} bytes.`));
        continue;
      }
      const wait = this.#pace(publish);
      if (wait > 0) return this.#later(wait);
      entry.isSent = true;
      if (!this.#timers.has("patience")) this.#wait();
      this.#events.send({ type: "publish", ref: draft.id, ...draft });
    }
  }

  /** Whether a signal may be sent now: one too many is not worth a refusal. */
  maySignal(): boolean {
    return (
      this.#limits !== undefined &&
      this.#signalPace({ rate: this.#limits.signal.rate, burst: this.#limits.signal.rate }) === 0
    );
  }

  /** What became of a publish; null: it answers none. Throws if it does not say. */
  acknowledged({ ref, seq, cursor, at }: Ack): Receipt | null {
    if (!this.outbox.has(ref)) return null;
    if (typeof seq !== "number" || typeof cursor !== "string" || typeof at !== "number") throw new Error("no receipt");
    return this.stored({ seq, cursor, id: ref, at });
  }

  /** Also one's own message, read back: it is in the log, whatever became of its acknowledgement. */
  stored(receipt: Receipt): Receipt {
    this.outbox.settle(receipt.id, ({ resolve }) => resolve(receipt));
    this.#answered();
    return receipt;
  }

  refused({ ref = "", code, message, retryAfter }: ErrorFrame): void {
    if (!this.outbox.has(ref)) return;
    const error = new EdgewireError(code, message, retryAfter);
    if (error.retryable) {
      // It and all that were sent after it wait, and come in their order.
      this.#later(Math.min(retryAfter ?? PAUSE, LONGEST_PAUSE));
      this.outbox.unsent(ref);
    } else this.outbox.refused(ref, error);
    this.#answered();
  }

  close(error: EdgewireError): void {
    this.pause();
    this.outbox.close(error);
  }

  #answered(): void {
    if (this.outbox.isUnderWay) this.#wait();
    else this.#timers.cancel("patience");
    this.send();
  }

  #wait(): void {
    this.#timers.later("patience", PATIENCE, () => this.#events.stalled());
  }

  #later(ms: number): void {
    this.#timers.later("pause", ms, () => this.send());
  }
}
