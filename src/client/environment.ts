/** What the SDK needs of the world. All of it can be given; what is not given is the platform's own. */

/** The little of `localStorage` that is used. */
export interface Store {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** Under this it keeps which transport came through, where the best once did not. */
export const REMEMBERED = "edgewire.transport";

/** What can be given. */
export interface EnvironmentOptions {
  readonly WebSocket: typeof WebSocket;
  readonly fetch: typeof fetch;
  readonly setTimeout: (task: () => void, ms: number) => unknown;
  readonly clearTimeout: (timer: never) => void;
  /** Calls `task` every so many ms, in a hidden tab too. Returns its own undo. */
  readonly every: (task: () => void, ms: number) => () => void;
  /** ms since 1970. */
  readonly now: () => number;
  /** From 0 to 1. */
  readonly random: () => number;
  /** Null: nothing is remembered over a reload. */
  readonly storage: Store | null;
  /** Calls back when the device woke up, came back to the foreground or found its network. Returns its own undo. */
  readonly onWake: (wake: () => void) => () => void;
}

export interface Environment extends Omit<EnvironmentOptions, "storage"> {
  /** What `use` finds in the storage; null where there is none, or it is full or forbidden: that one only forgets. */
  stored<Value>(use: (store: Store) => Value): Value | null;
}

export function environmentWith(given: Partial<EnvironmentOptions>): Environment {
  // Called as plain functions: as methods of anything else the platform's own refuse.
  const { WebSocket, fetch, setTimeout, clearTimeout } = globalThis as unknown as Environment;
  return {
    ...{ WebSocket, fetch, setTimeout, clearTimeout, every, onWake },
    now: () => Date.now(),
    random: () => Math.random(),
    ...given,
    stored(use) {
      try {
        const { storage = (globalThis as { sessionStorage?: Store }).sessionStorage ?? null } = given;
        return storage && use(storage);
      } catch {
        return null;
      }
    },
  };
}

/** Where there are tabs, by way of a Worker, for which a page loads a little more. */
function every(task: () => void, ms: number): () => void {
  const timer = setInterval(task, ms);
  let stop = () => clearInterval(timer);
  let isOver = false;
  if ("document" in globalThis)
    import("./worker-ticks.ts").then(
      ({ workerTicks }) => {
        if (!isOver) stop = workerTicks(task, ms, stop);
      },
      () => undefined, // then in a hidden tab it beats once a minute, which the service allows for
    );
  return () => {
    isOver = true;
    stop();
  };
}

interface Page extends EventTarget {
  readonly document?: EventTarget & { readonly visibilityState: string };
}

function onWake(wake: () => void): () => void {
  const page = globalThis as unknown as Page;
  const { document } = page;
  const listening = new AbortController();
  if (document) {
    const visible = () => document.visibilityState === "visible" && wake();
    document.addEventListener("visibilitychange", visible, listening);
    for (const name of ["online", "pageshow"]) page.addEventListener(name, wake, listening);
  }
  return () => listening.abort();
}
