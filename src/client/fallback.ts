/**
 * Where the best transport does not come through: which other to use, and the way back to the best one. Changes over to
 * it, or to a fresh token, while the old connection holds.
 */
import type { Attempt, ConnectionOptions } from "./attempt.ts";
import { REMEMBERED } from "./environment.ts";
import { dialEventStream } from "./event-stream.ts";
import { request } from "./http.ts";
import { cameThrough, cameToNothing, current, ladderOf, putOff } from "./ladder.ts";
import { type Dial, type Query, urlOf } from "./link.ts";
import type { TransportName } from "./machine.ts";
import { dialPoll } from "./poll.ts";
import { newTimer } from "./timer.ts";
import { dialWebSocket } from "./websocket.ts";

export interface Fallback {
  /** How to dial next. */
  dial(): Dial;
  welcomed(transport: TransportName): void;
  /** A dial came to nothing: that is the transport's fault only if the service can be reached without it. */
  blame(): Promise<void>;
  /** The device woke while it is connected: perhaps in another network by now, which lets more through. */
  wake(): void;
  /** Connects anew, for a fresh token. */
  renew(): void;
  /** There is no connection any more. */
  rest(): void;
}

/** What stands between a connection and the transports, made with the first dial. */
export type NewFallback = (
  options: ConnectionOptions,
  /** What came through when the page was here last. */
  remembered: string | undefined,
  /** Begins a connection beside the one there is, which it replaces with its welcome. */
  dial: (by: () => Promise<Dial>) => Attempt,
  /** Says the options of the next connection. */
  subscriber: { query(): Query },
  /** Dials at once, if it is waiting to. */
  comeBack: () => void,
) => Fallback;

const DIALS = { websocket: dialWebSocket, sse: dialEventStream, poll: dialPoll };

export const newFallback: NewFallback = ({ transports, environment, origin, end, dials = DIALS }, remembered, dial) => {
  const { now, stored } = environment;
  const timer = newTimer(environment);
  let ladder = ladderOf(transports, remembered, now());
  let successor: Attempt | null = null;
  let isLooking = false;

  /** If it comes to nothing, nothing has changed. */
  const changeOver = (transport: TransportName) => {
    if (successor?.isOver ?? true) successor = dial(async () => dials[transport]);
  };
  const returnLater = () => {
    if (ladder.returnAt !== null) timer.later(ladder.returnAt - now(), tryBest);
  };
  const tryBest = () => {
    ladder = putOff(ladder, now());
    returnLater();
    changeOver(ladder.rungs[0] as TransportName);
  };
  return {
    dial: () => dials[current(ladder)],
    welcomed(transport) {
      successor = null;
      timer.cancel();
      ladder = cameThrough(ladder, transport);
      stored((store) => store.setItem(REMEMBERED, transport));
      returnLater();
    },
    async blame() {
      if (isLooking) return;
      const before = ladder;
      const url = urlOf({ origin: origin(), path: "/v1", query: {} }, "health");
      isLooking = true;
      const answer = await request<{ status?: unknown } | null>(environment, "GET", url, {
        token: null,
        signals: [end],
      }).catch(() => null);
      isLooking = false;
      if (answer?.status === "ok" && ladder === before) ladder = cameToNothing(ladder, now());
    },
    wake() {
      if (ladder.at > 0) changeOver(ladder.rungs[0] as TransportName);
    },
    renew: () => changeOver(current(ladder)),
    rest() {
      timer.cancel();
      successor?.close();
      successor = null;
    },
  };
};
