import { vi } from "vitest";
import type { Channel } from "./channel.ts";

/** The timers of an object, held back: it goes on only when a test lets it. */
export interface HeldTimers {
  readonly waiting: number;
  /** Fires the one that was set first, in the object. */
  fire(channel: Channel): Promise<void>;
  /** Fires them all, and those they set, until none is left. */
  fireAll(channel: Channel): Promise<void>;
  /** Forgets those that wait: their object is gone. */
  drop(): void;
}

/**
 * Runs `work` while no timer fires by itself. An object with a timer would not be evicted before it has fired: so this
 * is also the only way to take it out of memory between a timer and its deed, as a crash would.
 */
export async function holdingTimers<T>(work: (timers: HeldTimers) => Promise<T>): Promise<T> {
  let waiting: (() => void)[] = [];
  const spy = vi.spyOn(globalThis, "setTimeout").mockImplementation(((task: () => void) => {
    waiting.push(task);
    return 0;
  }) as unknown as typeof setTimeout);
  const fire = async (channel: Channel) => {
    const task = waiting.shift();
    // In the object: a socket can be used only in the context that owns it.
    if (task !== undefined) await channel.inside(() => task());
  };
  try {
    return await work({
      get waiting() {
        return waiting.length;
      },
      fire,
      fireAll: async (channel) => {
        while (waiting.length > 0) await fire(channel);
      },
      drop: () => {
        waiting = [];
      },
    });
  } finally {
    spy.mockRestore();
  }
}
