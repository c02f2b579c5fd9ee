/** Takes what waits in the outbox to the service, in order and as fast as it lets one, and settles it. */
import type { ClientFrame, ErrorFrame, Message } from "../protocol/frames.ts";
import type { Environment } from "./environment.ts";
import { EdgewireError } from "./errors.ts";
import type { Outbox, Receipt } from "./outbox.ts";
import { Pace } from "./pace.ts";

/** Publishes under way at a time: enough for any distance, few enough to be sent again. */
const AT_ONCE = 64;
/** ms to wait after a refusal that passes and does not say how long it does. */
const PAUSE = 1000;

export class Sender {
  readonly outbox: Outbox;
  readonly #environment: Environment;
  readonly #emit: (frame: ClientFrame) => void;
  readonly #pace: Pace;
  #isReady = false;
  #timer: unknown = null;

  constructor(outbox: Outbox, environment: Environment, emit: (frame: ClientFrame) => void) {
    this.outbox = outbox;
    this.#environment = environment;
    this.#emit = emit;
    this.#pace = new Pace(environment.now);
  }

  /** A new connection: whatever was under way may be lost, and is sent again. */
  begin(limits: { rate: number; burst: number }, isCaughtUp: boolean): void {
    this.#pace.begin(limits);
    this.outbox.unsent();
    this.#isReady = isCaughtUp;
    // In the next turn, so that whoever hears of the connection first may publish first.
    if (isCaughtUp) this.#later(0);
  }

  caughtUp(): void {
    this.#isReady = true;
    this.send();
  }

  pause(): void {
    this.#isReady = false;
    this.#clear();
  }

  send(): void {
    if (!this.#isReady || this.#timer !== null) return;
    for (let draft = this.outbox.next(AT_ONCE); draft !== undefined; draft = this.outbox.next(AT_ONCE)) {
      const wait = this.#pace.take();
      if (wait > 0) return this.#later(wait);
      const { id, event, data } = draft;
      this.outbox.sent(id);
      this.#emit({ type: "publish", ref: id, id, event, data });
    }
  }

  acknowledged({ ref, ...ack }: { readonly ref: string; readonly [field: string]: unknown }): void {
    const { seq, cursor, id, at } = ack as unknown as Receipt;
    if (typeof seq === "number") this.outbox.stored(ref, { seq, cursor, id, at });
    this.send();
  }

  /** One's own message, read back: it is in the log, whatever became of its acknowledgement. */
  cameBack({ id, seq, at }: Message, cursor: string): void {
    this.outbox.stored(id, { seq, cursor, id, at });
  }

  refused({ ref, code, message, retryAfter }: ErrorFrame): void {
    if (ref === undefined) return;
    const error = new EdgewireError(code, message, retryAfter);
    if (error.retryable) {
      // It and all that were sent after it, in their order.
      this.outbox.unsent(ref);
      this.#later(retryAfter ?? PAUSE);
    } else this.outbox.refused(ref, error);
  }

  close(error: EdgewireError): void {
    this.pause();
    this.outbox.close(error);
  }

  #later(ms: number): void {
    this.#clear();
    this.#timer = this.#environment.setTimeout(() => {
      this.#timer = null;
      this.send();
    }, ms);
  }

  #clear(): void {
    if (this.#timer !== null) this.#environment.clearTimeout(this.#timer as never);
    this.#timer = null;
  }
}
