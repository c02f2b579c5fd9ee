import { connect, createServer, type Socket } from "node:net";

/** A port of 127.0.0.1 that stays, whatever the server behind it does: for clients that come back to the same URL. */
export interface Forwarder {
  /** Origin, e.g. `http://127.0.0.1:4321`. */
  readonly url: string;
  /** Resets what is open now, or those of it that `chosen` picks; answers how many. New connections go through. */
  cut(chosen?: () => boolean): number;
  stop(): Promise<void>;
}

/**
 * Passes TCP connections on to where the service is now.
 * @param target its origin, asked at each connection; while it throws, connections are dropped as soon as they come
 */
export async function startForwarder(target: () => string): Promise<Forwarder> {
  const open = new Set<Socket>();
  const server = createServer((near) => {
    let port: number;
    try {
      port = Number(new URL(target()).port);
    } catch {
      near.destroy();
      return;
    }
    const far = connect({ port, host: "127.0.0.1" });
    open.add(near);
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      socket.setNoDelay(true);
      socket.pipe(other);
      // Without listeners a reset would be thrown; what it means for the other side is said by `close`.
      socket.on("error", () => undefined);
      socket.once("close", () => {
        open.delete(near);
        other.destroy();
      });
    }
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const cut = (chosen = () => true) => {
    const victims = [...open].filter(chosen);
    for (const victim of victims) victim.resetAndDestroy();
    return victims.length;
  };
  return {
    url: `http://127.0.0.1:${address.port}`,
    cut,
    stop: () => {
      cut();
      return new Promise((done) => server.close(() => done()));
    },
  };
}
