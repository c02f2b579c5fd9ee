import { runDurableObjectAlarm } from "cloudflare:test";
import { vi } from "vitest";
import type { Room } from "./room.ts";

/**
 * Sets what `Date` says, to the test and to the objects; it stands still until it is set again. The runtime's own clock
 * goes on: timers, alarms, and the times of its answers to `ping`.
 */
export function setClock(time: number): void {
  vi.setSystemTime(time);
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
 * Plays the platform up to `end`: rings the room's alarm at each time it is set for, with the clock at that time.
 * Answers when it rang, and leaves the clock at `end`.
 */
export async function playAlarms(room: Room, end: number, { hibernating = false, rung }: PlayOptions = {}) {
  const rang: number[] = [];
  for (let alarm = await room.alarm(); alarm !== null && alarm <= end; alarm = await room.alarm()) {
    if (hibernating) await room.hibernate();
    setClock(Math.max(alarm, Date.now()));
    rang.push(Date.now());
    await runDurableObjectAlarm(room.stub);
    await rung?.(Date.now());
    if (rang.length > 200) throw new Error(`the alarm rings without end: … ${rang.slice(-3)}`);
  }
  setClock(end);
  return rang;
}
