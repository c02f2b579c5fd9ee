import { connect, createServer } from "node:net";

/** No system gives these to whoever asks for any port: a connection, or another test's server, has them seldom. */
const FIRST = 10_240;
const LAST = 32_767;

/** A TCP port of 127.0.0.1 that nobody listened on a moment ago, and that nobody is likely to take before it is used. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST + 1));
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });
}

/** Whether a connection to the port of 127.0.0.1 is refused. */
export function refuses(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" });
    const answer = (refused: boolean) => {
      socket.destroy();
      resolve(refused);
    };
    socket.once("connect", () => answer(false));
    socket.once("error", () => answer(true));
  });
}
