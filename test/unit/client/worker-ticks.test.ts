import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { environmentWith } from "../../../src/client/environment.ts";
import { workerTicks } from "../../../src/client/worker-ticks.ts";

/** A Worker that ticks when a test says so. */
class FakeWorker {
  static all: FakeWorker[] = [];
  static isForbidden = false;
  onmessage: (() => void) | null = null;
  onerror: ((event: { preventDefault(): void }) => void) | null = null;
  isTerminated = false;
  readonly url: string;
  readonly heard: unknown[] = [];

  constructor(url: string) {
    if (FakeWorker.isForbidden) throw new Error("a content security policy says no");
    this.url = url;
    FakeWorker.all.push(this);
  }

  postMessage(value: unknown): void {
    this.heard.push(value);
  }

  terminate(): void {
    this.isTerminated = true;
  }
}

const revoked = vi.spyOn(URL, "revokeObjectURL");

beforeEach(() => {
  FakeWorker.all = [];
  FakeWorker.isForbidden = false;
  revoked.mockClear();
  vi.stubGlobal("Worker", FakeWorker);
});
afterEach(() => {
  vi.unstubAllGlobals();
});

function ticking() {
  const [task, stopPlain] = [vi.fn<() => void>(), vi.fn<() => void>()];
  return { task, stopPlain, stop: workerTicks(task, 30_000, stopPlain), worker: FakeWorker.all[0] as FakeWorker };
}

test("what the Worker runs beats as often as it is told", async () => {
  const { worker, stop } = ticking();
  const code = await (await fetch(worker.url)).text();
  const own = { onmessage: null as ((event: { data: unknown }) => void) | null };
  const [beats, posted] = [vi.fn(), vi.fn()];
  new Function("self", "setInterval", "postMessage", `with (self) { ${code} }`)(own, beats, posted);
  own.onmessage?.({ data: worker.heard[0] });
  expect(beats).toHaveBeenCalledExactlyOnceWith(expect.any(Function), 30_000);
  beats.mock.calls[0]?.[0]();
  expect(posted).toHaveBeenCalledOnce();
  stop();
});

test("its first beat takes the place of the plain timer", () => {
  const { task, stopPlain, worker } = ticking();
  expect(stopPlain).not.toHaveBeenCalled();
  worker.onmessage?.();
  worker.onmessage?.();
  expect(stopPlain).toHaveBeenCalled();
  expect(task).toHaveBeenCalledTimes(2);
});

test("the end of it ends both, and leaves nothing behind", () => {
  const { stop, stopPlain, worker } = ticking();
  stop();
  expect([worker.isTerminated, stopPlain.mock.calls.length]).toEqual([true, 1]);
  expect(revoked).toHaveBeenCalledWith(worker.url);
});

describe("a content security policy says no: the plain timer goes on, and is what ends", () => {
  test("at once", () => {
    FakeWorker.isForbidden = true;
    const { stop, stopPlain } = ticking();
    expect(stopPlain).not.toHaveBeenCalled();
    stop();
    expect(stopPlain).toHaveBeenCalledOnce();
  });

  test("later, and nobody is told of the error", () => {
    const { stop, stopPlain, worker } = ticking();
    const preventDefault = vi.fn();
    worker.onerror?.({ preventDefault });
    expect([preventDefault.mock.calls.length, worker.isTerminated]).toEqual([1, true]);
    expect(stopPlain).not.toHaveBeenCalled();
    stop();
    expect(stopPlain).toHaveBeenCalledOnce();
  });
});

describe("every", () => {
  test("in a page: by a Worker, unless it has ended before that is loaded", async () => {
    vi.stubGlobal("document", {});
    const { every } = environmentWith({});
    const task = vi.fn();
    every(task, 1e6)();
    const stop = every(task, 1e6);
    await vi.waitFor(() => expect(FakeWorker.all.length).toBe(1));
    FakeWorker.all[0]?.onmessage?.();
    expect(task).toHaveBeenCalledOnce();
    stop();
    expect(FakeWorker.all[0]?.isTerminated).toBe(true);
    expect(FakeWorker.all.length).toBe(1);
  });

  test("elsewhere: by a plain timer", async () => {
    const beaten = Promise.withResolvers<void>();
    const stop = environmentWith({}).every(beaten.resolve, 1);
    await beaten.promise;
    stop();
    expect(FakeWorker.all.length).toBe(0);
  });
});
