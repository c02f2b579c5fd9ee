/** Takes what waits in the outbox to the service, in order and as fast as it lets one, and settles it. */
import type { AcksFrame, ErrorFrame, WelcomeLimits } from "../protocol/frames.ts";
import type { Connection } from "./connection.ts";
import type { Environment } from "./environment.ts";
import { EdgewireError } from "./errors.ts";
import type { Outbox, Receipt } from "./outbox.ts";
import { newPace } from "./pace.ts";
import { newTimer } from "./timer.ts";

/** Publishes under way at a time: enough for any distance, few enough to be sent again. */
const AT_ONCE = 64;
/** ms to wait after a refusal that passes and does not say how long it does. */
const PAUSE = 1000;
const LONGEST_PAUSE = 60_000;
/** ms without any answer to what is under way. */
const PATIENCE = 30_000;

export type Ack = AcksFrame["acks"][number];

export interface Sender {
  /** A new connection. */
  begin(limits: WelcomeLimits): void;
  /** It has told all that it will: what did not come back is sent. */
  caughtUp(): void;
  /** Whatever was under way may be lost, and is sent again. */
  pause(): void;
  send(): void;
  /** Whether a signal may be sent now: one too many is not worth a refusal. */
  maySignal(): boolean;
  /** Throws if it answers a publish, and does not say what became of it. */
  acknowledged(ack: Ack): void;
  /** Also one's own message, read back: it is in the log, whatever became of its acknowledgement. */
  stored(receipt: Receipt): void;
  refused(error: ErrorFrame): void;
}

/** @param connection asked only later: it begins when this is there */
export function newSender(outbox: Outbox, environment: Environment, connection: () => Connection): Sender {
  const rest = newTimer(environment);
  const patience = newTimer(environment);
  const pace = newPace(environment.now);
  const signalPace = newPace(environment.now);
  let limits: WelcomeLimits;
  let isReady = false;

  const pause = () => {
    isReady = false;
    rest.cancel();
    patience.cancel();
    outbox.unsent();
  };
  const send = () => {
    while (isReady && !rest.isRunning()) {
      const entry = outbox.next(AT_ONCE);
      if (!entry) return;
      const { draft, bytes } = entry;
      if (bytes > limits.data) {
        // A frame that is too large would end the connection for good.
        outbox.refused(draft.id, new EdgewireError("too_large", `The data is above ${limits.data} bytes.`));
        continue;
      }
      const wait = pace(limits.publish);
      if (wait > 0) return later(wait);
      outbox.sent();
      if (!patience.isRunning()) bePatient();
      connection().send({ type: "publish", ref: draft.id, ...draft });
    }
  };
  const later = (ms: number) => rest.later(ms, send);
  const bePatient = () => patience.later(PATIENCE, () => connection().distrust("no ack"));
  const answered = () => {
    if (outbox.isUnderWay()) bePatient();
    else patience.cancel();
    send();
  };
  const stored = (receipt: Receipt) => {
    outbox.settle(receipt.id, ({ resolve }) => resolve(receipt));
    answered();
  };

  return {
    begin(given) {
      pause();
      limits = given;
    },
    caughtUp() {
      isReady = true;
      send();
    },
    pause,
    send,
    maySignal: () => signalPace({ ...limits.signal, burst: limits.signal.rate }) === 0,
    acknowledged({ ref, seq, cursor, at }) {
      if (!outbox.has(ref)) return;
      if (typeof seq !== "number" || typeof cursor !== "string" || typeof at !== "number")
        throw new Error("no receipt");
      stored({ seq, cursor, id: ref, at });
    },
    stored,
    refused({ ref = "", code, message, retryAfter }) {
      if (!outbox.has(ref)) return;
      const error = new EdgewireError(code, message, retryAfter);
      if (error.retryable) {
        // It and all that were sent after it wait, and come in their order.
        later(Math.min(retryAfter ?? PAUSE, LONGEST_PAUSE));
        outbox.unsent(ref);
      } else outbox.refused(ref, error);
      answered();
    },
  };
}
