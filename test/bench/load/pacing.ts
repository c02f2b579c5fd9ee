/** When publishers publish: whenever their window has room, or at a rate. */
import type { JobPace } from "./job.ts";
import type { Publisher } from "./publisher.ts";

export interface Pacing {
  /** `publisher` has one message fewer in flight. */
  acknowledged(publisher: Publisher): void;
  stop(): void;
}

export function startPublishing(publishers: readonly Publisher[], pace: JobPace): Pacing {
  return "window" in pace ? startWindows(publishers, pace.window) : startRate(publishers, pace.messagesPerSecond);
}

/**
 * A closed loop. A window is refilled as soon as what was read from that socket is dealt with, in one write: waiting for
 * the other sockets to be read as well would put the generator's work between an ack and the next publish.
 */
function startWindows(publishers: readonly Publisher[], window: number): Pacing {
  const waiting = new Set<Publisher>(publishers);
  let stopped = false;
  let scheduled = false;
  const refill = (): void => {
    scheduled = false;
    if (stopped) return;
    for (const publisher of waiting) publisher.publish(window - publisher.inFlight);
    waiting.clear();
  };
  refill();
  return {
    acknowledged(publisher) {
      waiting.add(publisher);
      if (scheduled) return;
      scheduled = true;
      queueMicrotask(refill);
    },
    stop() {
      stopped = true;
    },
  };
}

/** An open loop, the publishers taking turns: it does not wait for the server, so a stall shows in the latencies. */
function startRate(publishers: readonly Publisher[], messagesPerSecond: number): Pacing {
  const interval = 1000 / messagesPerSecond;
  let turn = 0;
  let due = performance.now();
  let timer: NodeJS.Timeout;
  const publishDue = (): void => {
    for (const now = performance.now(); due <= now; due += interval) publishers[turn++ % publishers.length]?.publish(1);
    timer = setTimeout(publishDue, Math.max(1, due - performance.now()));
  };
  publishDue();
  return {
    acknowledged() {},
    stop() {
      clearTimeout(timer);
    },
  };
}
