/** What the SDK needs of the world. All of it can be given; what is not given is the platform's own. */

/** The little of `localStorage` that is used. */
export interface Store {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

export interface Environment {
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

export function environmentWith(given: Partial<Environment> = {}): Environment {
  const { storage = ownStorage() } = given;
  return {
    WebSocket: globalThis.WebSocket,
    // Bound: a browser's own refuses to be called as a method of anything else.
    fetch: (...args: Parameters<typeof fetch>) => globalThis.fetch(...args),
    setTimeout: (task, ms) => globalThis.setTimeout(task, ms),
    clearTimeout: (timer) => globalThis.clearTimeout(timer),
    every,
    now: () => Date.now(),
    random: () => Math.random(),
    onWake,
    ...given,
    storage: storage === null ? null : forgiving(storage),
  };
}

/** Null where there is none, or where it may not be used. */
function ownStorage(): Store | null {
  try {
    return (globalThis as { sessionStorage?: Store }).sessionStorage ?? null;
  } catch {
    return null;
  }
}

/** One that is full or forbidden only forgets. */
function forgiving(store: Store): Store {
  const tried = <Value>(use: () => Value): Value | null => {
    try {
      return use();
    } catch {
      return null;
    }
  };
  return {
    getItem: (key) => tried(() => store.getItem(key)),
    setItem: (key, value) => void tried(() => store.setItem(key, value)),
    removeItem: (key) => void tried(() => store.removeItem(key)),
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

interface Listening {
  addEventListener(name: string, handler: () => void): void;
  removeEventListener(name: string, handler: () => void): void;
}

function onWake(wake: () => void): () => void {
  const page = globalThis as unknown as Partial<Listening> & { document?: Listening & { visibilityState?: string } };
  const { document } = page;
  if (page.addEventListener === undefined || document === undefined) return () => undefined;
  const visible = () => {
    if (document.visibilityState === "visible") wake();
  };
  const window = page as Listening;
  for (const name of ["online", "pageshow"]) window.addEventListener(name, wake);
  document.addEventListener("visibilitychange", visible);
  return () => {
    for (const name of ["online", "pageshow"]) window.removeEventListener(name, wake);
    document.removeEventListener("visibilitychange", visible);
  };
}
