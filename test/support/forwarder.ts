import { connect, createServer, type Socket } from "node:net";

/** A TCP port that leads to another one, until it is cut. */
export interface Forwarder {
  readonly url: string;
  /** Resets what is open now, or those of it that `chosen` picks; answers how many. New connections go through. */
  cut(chosen?: () => boolean): number;
  close(): Promise<void>;
}

/** @param target asked for each connection: a server that is restarted may be elsewhere */
export async function startForwarder(target: () => number): Promise<Forwarder> {
  const open = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(portOf(target), "127.0.0.1");
    open.add(near);
    const end = () => {
      open.delete(near);
      near.destroy();
      far.destroy();
    };
    for (const socket of [near, far]) {
      socket.setNoDelay(true);
      socket.on("error", end).on("close", end);
    }
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const cut = (chosen = () => true) => {
    const victims = [...open].filter(chosen);
    for (const victim of victims) victim.resetAndDestroy();
    return victims.length;
  };
  return {
    url: `http://127.0.0.1:${port}`,
    cut,
    close: () => {
      cut();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** A port that refuses, while there is none. */
function portOf(target: () => number): number {
  try {
    return target();
  } catch {
    return 1;
  }
}
