import { runDurableObjectAlarm } from "cloudflare:test";
import { vi } from "vitest";
import type { Channel } from "./channel.ts";

/**
 * Sets what `Date` says, to the test and to the objects; it stands still until it is set again. The runtime's own clock
 * goes on: timers, alarms, and the times of its answers to `ping`.
 */
export function setClock(time: number): void {
  vi.setSystemTime(time);
}

/** Stops the clock at the beginning of the next second, which it answers: tokens are dated in whole ones. */
export function standStill(): number {
  const start = Math.ceil(Date.now() / 1000) * 1000;
  setClock(start);
  return start;
}

export function useRealClock(): void {
  vi.useRealTimers();
}

export interface PlayOptions {
  /** Hibernate the object before each alarm: it then knows nothing but what is stored. */
  hibernating?: boolean;
  /** Called after each alarm. */
  rung?: (at: number) => unknown;
}

/**
 * Plays the platform up to `end`: rings the channel's alarm at each time it is set for, with the clock at that time.
 * Answers when it rang, and leaves the clock at `end`.
 */
export async function playAlarms(channel: Channel, end: number, { hibernating = false, rung }: PlayOptions = {}) {
  const rang: number[] = [];
  for (let alarm = await channel.alarm(); alarm !== null && alarm <= end; alarm = await channel.alarm()) {
    if (hibernating) await channel.hibernate();
    setClock(Math.max(alarm, Date.now()));
    rang.push(Date.now());
    await runDurableObjectAlarm(channel.stub);
    await rung?.(Date.now());
    if (rang.length > 200) throw new Error(`the alarm rings without end: … ${rang.slice(-3)}`);
  }
  setClock(end);
  return rang;
}
