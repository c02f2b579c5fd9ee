/** What is attacked, and what all ways to do so have in common. */
import { apiKey, authSecret, type Service } from "../../support/service.ts";
import { ECHO } from "../http-case.ts";

export interface Target {
  readonly service: Service;
  /** Of the test; others are made as they are needed. */
  readonly room: string;
}

/** Nothing that is answered may hold one of these. */
export const SECRETS: readonly string[] = [apiKey, authSecret, ECHO];

/** What no answer may show, whatever its shape: a stack, a source file, an address in memory. */
export const INSIDES = /\n\s+at |\.[cm]?[jt]s:\d|node_modules|Durable Object|0x[0-9a-f]{8}/;

/**
 * Tries each of them, so many at a time; a line for each that was not as expected.
 * @param attempt throws if it was not
 */
export async function faultsOf<Case extends { readonly what: string }>(
  cases: readonly Case[],
  attempt: (each: Case) => Promise<void>,
  atOnce = 12,
): Promise<string[]> {
  const faults: string[] = [];
  const waiting = [...cases];
  const worker = async () => {
    for (let each = waiting.shift(); each !== undefined; each = waiting.shift())
      await attempt(each).catch((error: Error) => {
        faults.push(`${each?.what}: ${error.message.split("\n").slice(0, 2).join(" ")}`);
      });
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return faults;
}

/** Runs of at most so many. */
export function inRuns<Item>(items: readonly Item[], length: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / length) }, (_, run) =>
    items.slice(run * length, (run + 1) * length),
  );
}
