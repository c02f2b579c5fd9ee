/** Calls `task` when `signal` aborts, at once if it has. Returns its own undo. */
export function onAbort(signal: AbortSignal | undefined, task: () => void): () => void {
  if (signal?.aborted) task();
  signal?.addEventListener("abort", task);
  return () => signal?.removeEventListener("abort", task);
}
