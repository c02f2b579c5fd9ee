// Keeps `wrangler dev` running, and can kill it the hard way and start it again: on the same port, over the same state.
import { setTimeout as pause } from "node:timers/promises";
import { isFree } from "./port.mjs";
import { startWrangler } from "./wrangler.mjs";

/** How long the service may take to answer, in ms: ten times what it takes on two cores. */
const START_TIMEOUT = 60_000;
/** How often what cannot be waited for is looked at, in ms. */
const POLL = 100;
/** How long a killed service's port may stay taken, in ms. */
const PORT_TIMEOUT = 20_000;

/**
 * @typedef {object} Supervised
 * @property {() => Promise<boolean>} healthy resolves when it answers (false: not in time, or it was stopped)
 * @property {() => Promise<number>} plug `kill -9` to all of it, and again: resolves with how many ms it did not answer
 * @property {() => Promise<void>} stop
 * @property {() => void} show from now on its output is shown
 * @property {() => string} unseen the last of what it said before that
 */

/**
 * @param {Parameters<typeof startWrangler>[0]} options
 * @param {(code: number) => void} ended it ended, and nobody here meant it to
 * @returns {Supervised}
 */
export function supervise(options, ended) {
  const health = `http://127.0.0.1:${options.port}/v1/health`;
  let isMeant = false;
  let isStopped = false;
  let isShown = options.verbose;
  /** @type {Promise<number> | null} */
  let plugged = null;
  let wrangler = launch();

  function launch() {
    const started = startWrangler(options);
    if (isShown) started.show();
    started.exited.then((code) => {
      if (!isMeant && started === wrangler) ended(code);
    });
    return started;
  }

  async function healthy() {
    const deadline = Date.now() + START_TIMEOUT;
    while (!isStopped && Date.now() < deadline) {
      if (await answers(health)) return true;
      await pause(POLL);
    }
    return false;
  }

  async function again() {
    const since = Date.now();
    isMeant = true;
    await wrangler.kill();
    const deadline = Date.now() + PORT_TIMEOUT;
    while (!(await isFree(options.port)) && Date.now() < deadline) await pause(POLL);
    if (!isStopped) {
      wrangler = launch();
      isMeant = false;
      await healthy();
    }
    return Date.now() - since;
  }

  return {
    healthy,
    plug: () => {
      // One at a time: whoever asks meanwhile gets the same answer.
      plugged ??= again().finally(() => {
        plugged = null;
      });
      return plugged;
    },
    stop: async () => {
      isMeant = isStopped = true;
      await wrangler.stop();
    },
    show: () => {
      isShown = true;
      wrangler.show();
    },
    unseen: () => wrangler.unseen(),
  };
}

/** @param {string} url */
async function answers(url) {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
    await response.body?.cancel();
    return response.status === 200;
  } catch {
    return false; // it does not listen yet
  }
}
