/** Many plain WebSockets to one room, for what is measured without publishing at full speed. */
import { mint } from "../../../src/cli/mint.mjs";
import { textFrame } from "./client-frame.ts";
import { Connection } from "./connection.ts";
import { dialectOf } from "./dialects.ts";
import type { Target } from "./job.ts";

/** Handshakes under way at a time. */
const AT_ONCE = 100;
/** In workerd only an object's own close handler answers a Close of a hibernating socket: a relay has none. */
const CLOSE_PATIENCE_MS = 100;

export interface Door {
  path: string;
  headers: readonly string[];
}

/** How `user` gets into a room: with a token of their own, or, where there are none, as everybody does. */
export function doorOf(target: Target, room: string, user: string): Door {
  if (target.dialect !== "edgewire") return { path: dialectOf(target, "single").path(room, 0), headers: [] };
  const capabilities = { "room:*": ["subscribe", "history", "publish", "signal", "presence"] };
  const token = mint({ secret: target.authSecret, user, capabilities });
  return { path: `/v1/rooms/${room}/connect`, headers: [`Authorization: Bearer ${token}`] };
}

export type OnMessage = (socket: number, bytes: Uint8Array, start: number, end: number) => void;

/**
 * Opens a socket for each door, in order, and waits until all are let in.
 * @throws Error if one is refused, or ends meanwhile
 */
export async function openAll(target: Target, doors: readonly Door[], onMessage: OnMessage): Promise<Connection[]> {
  const sockets: Connection[] = [];
  const { greeting } = dialectOf(target, "single");
  const reply = greeting.reply === null ? null : textFrame(greeting.reply);
  const open = (number: number): Promise<void> =>
    new Promise((resolve, reject) => {
      let frames = 0;
      const { path, headers } = doors[number] as Door;
      const socket = new Connection({
        port: target.port,
        path,
        headers,
        offersDeflate: false,
        onFailure: (reason) => reject(new Error(`socket ${number}: ${reason}`)),
        onMessage(bytes, start, end) {
          if (++frames > greeting.frames) return onMessage(number, bytes, start, end);
          if (frames === 1 && reply !== null) socket.write(reply);
          if (frames === greeting.frames) resolve();
        },
      });
      sockets[number] = socket;
      if (greeting.frames === 0) void socket.opened.then(resolve);
    });
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < doors.length) await open(next++);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return sockets;
}

export async function closeAll(sockets: readonly Connection[]): Promise<void> {
  await Promise.all(sockets.map((socket) => socket.close(CLOSE_PATIENCE_MS)));
}

export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
