/**
 * To be run in a page before its own scripts: what Chromium does with the timers of a tab that was hidden for five minutes
 * (intensive throttling), at once. While it is hidden none of them runs; when it is shown, all that were due. In Chromium
 * they also run once a minute, for which no test waits. The timers of workers are left alone there, and so here.
 */
export function holdTimersWhileHidden(): void {
  type Task = (...args: unknown[]) => void;
  const held = new Map<number, () => void>();
  const { setTimeout, setInterval, clearTimeout } = globalThis as unknown as Record<
    string,
    (...args: unknown[]) => number
  >;
  const holding =
    (set: typeof setTimeout) =>
    (task: Task, ms: number, ...args: unknown[]): number => {
      const id = set?.call(
        globalThis,
        () => {
          if (document.hidden) held.set(id, () => task(...args));
          else task(...args);
        },
        ms,
      ) as number;
      return id;
    };
  const clear = (id: number) => {
    held.delete(id);
    clearTimeout?.call(globalThis, id); // which ends intervals, too
  };
  Object.assign(globalThis, {
    setTimeout: holding(setTimeout),
    setInterval: holding(setInterval),
    clearTimeout: clear,
    clearInterval: clear,
    /** How many are due, and held back. */
    heldTimers: () => held.size,
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    const due = [...held.values()];
    held.clear();
    for (const run of due) run();
  });
}
