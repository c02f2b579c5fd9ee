/**
 * What must not outlive the bench, on whatever path it ends: child processes, by their pid, and temporary folders.
 * Everything here is synchronous because it also runs inside the `exit` event.
 */
import { rmSync } from "node:fs";

const pending = new Set<() => void>();

/** The latest first: a folder is made before the process that writes into it, which has to end before it can go. */
function runAll(): void {
  for (const work of [...pending].reverse()) {
    pending.delete(work);
    work();
  }
}

process.on("exit", runAll);
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.once(signal, () => process.exit(signal === "SIGINT" ? 130 : 143));
}

/** Has `work` done when the process ends, or when the returned function is called, once. */
export function atExit(work: () => void): () => void {
  pending.add(work);
  return () => {
    if (pending.delete(work)) work();
  };
}

export function killAtExit(pid: () => number | undefined): () => void {
  return atExit(() => {
    const id = pid();
    if (id === undefined) return;
    try {
      process.kill(id, "SIGKILL");
    } catch {
      // It has ended already.
    }
  });
}

export function removeAtExit(folder: string): () => void {
  return atExit(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
}
