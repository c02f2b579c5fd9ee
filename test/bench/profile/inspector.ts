/** The few commands of the Chrome DevTools protocol that a CPU profile and the heap of a Worker take. */
export interface CpuProfile {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number } }[];
  /** Which node was running at each sample, and µs since the sample before. */
  samples: number[];
  timeDeltas: number[];
}

const SAMPLE_EVERY_MICROSECONDS = 200;

interface Session {
  call(method: string, params?: object): Promise<unknown>;
  /** workerd has one inspector session for a Worker: a new one opened before this one has gone is closed with it. */
  close(): Promise<void>;
}

async function openSession(inspector: URL, worker: string): Promise<Session> {
  const socket = new WebSocket(new URL(`/core:user:${worker}`, inspector));
  const closed = new Promise<void>((resolve) => socket.addEventListener("close", () => resolve(), { once: true }));
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener("open", () => resolve(), { once: true });
    void closed.then(() => reject(new Error(`no inspector at ${inspector}`)));
  });
  let lastId = 0;
  return {
    call(method, params = {}) {
      const id = ++lastId;
      return new Promise((resolve, reject) => {
        socket.addEventListener("message", ({ data }: MessageEvent) => {
          if (String(data).startsWith('{"method":')) return; // an event, which may be a piece of a snapshot
          const answer = JSON.parse(String(data)) as { id?: number; result?: unknown; error?: { message: string } };
          if (answer.id !== id) return;
          if (answer.error === undefined) resolve(answer.result);
          else reject(new Error(`${method}: ${answer.error.message}`));
        });
        void closed.then(() => reject(new Error(`${method}: the inspector closed the connection`)));
        socket.send(JSON.stringify({ id, method, params }));
      });
    },
    close() {
      socket.close();
      return closed;
    },
  };
}

/**
 * Starts profiling a Worker.
 * @param inspector where workerd's inspector listens
 * @param worker the Worker's name
 * @returns what stops it and gives the profile
 */
export async function startProfile(inspector: URL, worker: string): Promise<() => Promise<CpuProfile>> {
  const session = await openSession(inspector, worker);
  await session.call("Profiler.enable");
  await session.call("Profiler.setSamplingInterval", { interval: SAMPLE_EVERY_MICROSECONDS });
  await session.call("Profiler.start");
  return async () => {
    const { profile } = (await session.call("Profiler.stop")) as { profile: CpuProfile };
    await session.close();
    return profile;
  };
}

/** Sees how much of a Worker's JavaScript heap is in use, after collecting what is garbage; bytes. */
export async function startHeapMeter(
  inspector: URL,
  worker: string,
): Promise<{ used(): Promise<number>; close(): void }> {
  const session = await openSession(inspector, worker);
  await session.call("HeapProfiler.enable");
  return {
    async used() {
      // workerd leaves HeapProfiler.collectGarbage unanswered; before a snapshot garbage is collected too.
      await session.call("HeapProfiler.takeHeapSnapshot", { reportProgress: false });
      const { usedSize } = (await session.call("Runtime.getHeapUsage")) as { usedSize: number };
      return usedSize;
    },
    close: () => void session.close(),
  };
}
