/** A beat that holds in a hidden tab, where a page's own timers run once a minute: a Worker's run on. */

const TICKS = "onmessage=({data})=>setInterval(()=>postMessage(0),data)";

/** What a page has; the types of a Worker's own platform know none of it. */
interface Page {
  readonly Worker: new (
    url: string,
  ) => {
    onmessage: (() => void) | null;
    onerror: ((event: { preventDefault(): void }) => void) | null;
    postMessage(value: unknown): void;
    terminate(): void;
  };
}

/**
 * Calls `task` every so many ms, in place of a plain timer, which `stopPlain` ends. Returns what ends both.
 * A content security policy may say no, at once or later: then the plain timer goes on.
 */
export function workerTicks(task: () => void, ms: number, stopPlain: () => void): () => void {
  const { Worker } = globalThis as unknown as Page;
  try {
    const url = URL.createObjectURL(new Blob([TICKS], { type: "text/javascript" }));
    const worker = new Worker(url);
    const stop = () => {
      worker.terminate();
      URL.revokeObjectURL(url);
    };
    worker.onmessage = () => {
      stopPlain();
      task();
    };
    worker.onerror = (event) => {
      event.preventDefault();
      stop();
    };
    worker.postMessage(ms);
    return () => {
      stop();
      stopPlain();
    };
  } catch {
    return stopPlain;
  }
}
