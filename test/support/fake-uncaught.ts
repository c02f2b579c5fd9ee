import { afterEach, beforeEach, expect } from "vitest";

/** For the tests of a file: what nobody caught while one ran fails it. */
export function nothingUncaught(): void {
  const uncaught: unknown[] = [];
  const catchIt = (error: unknown) => void uncaught.push(error);
  beforeEach(() => {
    uncaught.length = 0;
    process.on("unhandledRejection", catchIt).on("uncaughtException", catchIt);
  });
  afterEach(() => {
    process.off("unhandledRejection", catchIt).off("uncaughtException", catchIt);
    expect(uncaught).toEqual([]);
  });
}
