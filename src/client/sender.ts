/** Takes what waits in the outbox to the service, in order and as fast as it lets one, and settles it. */
import type { ClientFrame, ErrorFrame, Message, WelcomeLimits } from "../protocol/frames.ts";
import type { Environment } from "./environment.ts";
import { EdgewireError } from "./errors.ts";
import type { Outbox, Receipt } from "./outbox.ts";
import { Pace } from "./pace.ts";
import { Timers } from "./timers.ts";

/** Publishes under way at a time: enough for any distance, few enough to be sent again. */
const AT_ONCE = 64;
/** ms to wait after a refusal that passes and does not say how long it does. */
const PAUSE = 1000;
const LONGEST_PAUSE = 60_000;
/** ms without any answer to what is under way. */
const PATIENCE = 30_000;

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
  #longest = 0;
  #isReady = false;

  constructor(outbox: Outbox, environment: Environment, events: SenderEvents) {
    this.outbox = outbox;
    this.#events = events;
    this.#timers = new Timers(environment);
    this.#pace = new Pace(environment.now);
    this.#signalPace = new Pace(environment.now);
  }

  /** A new connection: whatever was under way may be lost, and is sent again. */
  begin({ publish, signal, data }: WelcomeLimits, isCaughtUp: boolean): void {
    this.pause();
    this.#pace.begin(publish);
    this.#signalPace.begin({ rate: signal.rate, burst: signal.rate });
    this.#longest = data;
    this.outbox.unsent();
    if (isCaughtUp) this.caughtUp();
  }

  caughtUp(): void {
    this.#isReady = true;
    this.send();
  }

  pause(): void {
    this.#isReady = false;
    this.#timers.clear();
  }

  send(): void {
    if (!this.#isReady || this.#timers.has("pause")) return;
    for (let draft = this.outbox.next(AT_ONCE); draft !== undefined; draft = this.outbox.next(AT_ONCE)) {
      const { id, event, data, bytes } = draft;
      if (bytes > this.#longest) {
        // A frame that is too large would end the connection for good.
        this.outbox.refused(id, new EdgewireError("too_large", `The data is larger than ${this.#longest} bytes.`));
        continue;
      }
      const wait = this.#pace.take();
      if (wait > 0) return this.#later(wait);
      draft.isSent = true;
      if (!this.#timers.has("patience")) this.#wait();
      this.#events.send({ type: "publish", ref: id, id, event, data });
    }
  }

  /** Whether a signal may be sent now: one too many is not worth a refusal. */
  maySignal(): boolean {
    return this.#signalPace.take() === 0;
  }

  /** False: it answers a publish, and does not say what became of it. */
  acknowledged({ ref, ...ack }: { readonly ref: string; readonly [field: string]: unknown }): boolean {
    if (!this.outbox.has(ref)) return true;
    const { seq, cursor, at } = ack as Partial<Receipt>;
    if (typeof seq !== "number" || typeof cursor !== "string" || typeof at !== "number") return false;
    this.#answered(() => this.outbox.stored(ref, { seq, cursor, id: ref, at }));
    return true;
  }

  /** One's own message, read back: it is in the log, whatever became of its acknowledgement. */
  cameBack({ id, seq, at }: Message, cursor: string): void {
    this.#answered(() => this.outbox.stored(id, { seq, cursor, id, at }));
  }

  refused({ ref, code, message, retryAfter }: ErrorFrame): void {
    if (ref === undefined || !this.outbox.has(ref)) return;
    const error = new EdgewireError(code, message, retryAfter);
    // It and all that were sent after it wait, and come in their order.
    if (error.retryable) this.#later(Math.min(retryAfter ?? PAUSE, LONGEST_PAUSE));
    this.#answered(() => {
      if (error.retryable) this.outbox.unsent(ref);
      else this.outbox.refused(ref, error);
    });
  }

  close(error: EdgewireError): void {
    this.pause();
    this.outbox.close(error);
  }

  #answered(settle: () => void): void {
    settle();
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
