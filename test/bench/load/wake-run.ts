/** From a publish to a room that sleeps, to its first delivery: the room has to be built from its rows and sockets. */
import { textFrame } from "./client-frame.ts";
import { fill } from "./fill.ts";
import type { Target } from "./job.ts";
import { messageName, payloadText, scanMarkers } from "./marker.ts";
import { closeAll, doorOf, openAll } from "./sockets.ts";

export interface WakeRoom {
  name: string;
  sockets: number;
  retained: number;
  /** Whether the message that wakes it brings an id: then the room has to know which ids it holds. */
  withId: boolean;
}

export interface WakeJob {
  kind: "wake";
  target: Target;
  rooms: readonly WakeRoom[];
  rounds: number;
}

/** Of each room in each round, ms. */
export interface WakeResult {
  first: number[][];
  all: number[][];
}

/** Connections that one user may have (SPEC CONNECT-5). */
const PER_USER = 20;
const PATIENCE_MS = 10_000;

/** Pauses before each wake, for the room to be put to sleep: rooms one after the other, round by round. */
export async function runWakes({ target, rooms, rounds }: WakeJob, pause: () => Promise<void>): Promise<WakeResult> {
  const all: number[][] = rooms.map(() => []);
  const first: number[][] = rooms.map(() => []);
  let onDelivery: () => void = () => {};
  const watch = { marker: () => onDelivery() };
  const sockets = [];
  for (const room of rooms) {
    if (room.retained > 0) await fill(target, room.name, room.retained);
    const doors = Array.from({ length: room.sockets }, (_, n) =>
      doorOf(target, room.name, `waker-${Math.floor(n / PER_USER)}`),
    );
    sockets.push(await openAll(target, doors, (_, bytes, start, end) => scanMarkers(bytes, start, end, watch)));
  }
  for (let round = 0; round < rounds; round++) {
    for (const [index, room] of rooms.entries()) {
      await pause();
      const [publisher] = sockets[index] ?? [];
      const text = publishText(target, room, round);
      const start = performance.now();
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`${room.name} did not wake`)), PATIENCE_MS);
        let seen = 0;
        onDelivery = () => {
          if (++seen === 1) first[index]?.push(performance.now() - start);
          if (seen < room.sockets) return;
          all[index]?.push(performance.now() - start);
          clearTimeout(timer);
          resolve();
        };
        publisher?.write(textFrame(text));
      });
    }
  }
  onDelivery = () => {};
  await closeAll(sockets.flat());
  return { first, all };
}

function publishText({ dialect }: Target, { withId }: WakeRoom, round: number): string {
  const data = payloadText(0, round);
  if (dialect === "relay") return data;
  return JSON.stringify({ type: "publish", ...(withId ? { id: `wake-${messageName(0, round)}` } : {}), data });
}
