// Finds a TCP port of 127.0.0.1 for the service.
import { connect, createServer } from "node:net";

const HOST = "127.0.0.1";
/** How many ports are tried, from the first one upwards. */
const ATTEMPTS = 100;
/** A listener that is stopped, or whose queue is full, does not answer: after this many ms it counts as one. */
const CONNECT_TIMEOUT = 1_000;

/**
 * The first free port from `first` on, or null.
 * @param {number} first
 * @returns {Promise<number | null>}
 */
export async function findPort(first) {
  const last = Math.min(first + ATTEMPTS - 1, 65_535);
  for (let port = first; port <= last; port++) if (await isFree(port)) return port;
  return null;
}

/**
 * Nobody answers, and it can be bound. One does not follow from the other: on macOS 127.0.0.1 can be bound while
 * another program listens on all addresses, and a port may be taken without anybody listening.
 * @param {number} port
 */
export async function isFree(port) {
  return !(await answers(port)) && (await canBind(port));
}

/** @param {number} port */
function answers(port) {
  return new Promise((resolve) => {
    const socket = connect({ port, host: HOST, timeout: CONNECT_TIMEOUT });
    const settle = (/** @type {boolean} */ answered) => {
      socket.destroy();
      resolve(answered);
    };
    socket.once("connect", () => settle(true));
    socket.once("timeout", () => settle(true));
    socket.once("error", () => settle(false));
  });
}

/** @param {number} port */
function canBind(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, HOST, () => server.close(() => resolve(true)));
  });
}
