/** Many plain WebSockets to one room, for what is measured without publishing at full speed. */
import { mint } from "../../../src/cli/mint.mjs";
import { Connection } from "./connection.ts";
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
export function doorOf({ dialect, authSecret }: Target, room: string, user: string): Door {
  if (dialect === "relay") return { path: `/${room}`, headers: [] };
  const capabilities = { "room:*": ["subscribe", "history", "publish", "signal", "presence"] };
  const token = mint({ secret: authSecret, user, capabilities });
  return { path: `/v1/rooms/${room}/connect`, headers: [`Authorization: Bearer ${token}`] };
}

export type OnMessage = (socket: number, bytes: Uint8Array, start: number, end: number) => void;

/**
 * Opens a socket for each door, in order, and waits until all are let in: by the welcome or, of a relay, by the handshake.
 * @throws Error if one is refused, or ends meanwhile
 */
export async function openAll(target: Target, doors: readonly Door[], onMessage: OnMessage): Promise<Connection[]> {
  const sockets: Connection[] = [];
  const open = (number: number): Promise<void> =>
    new Promise((resolve, reject) => {
      let isWelcome = target.dialect === "relay";
      const { path, headers } = doors[number] as Door;
      const socket = new Connection({
        port: target.port,
        path,
        headers,
        offersDeflate: false,
        onFailure: (reason) => reject(new Error(`socket ${number}: ${reason}`)),
        onMessage(bytes, start, end) {
          if (isWelcome) return onMessage(number, bytes, start, end);
          isWelcome = true; // the first frame is always the welcome (SPEC CONNECT-4)
          resolve();
        },
      });
      sockets[number] = socket;
      if (isWelcome) void socket.opened.then(resolve);
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
