import { readFileSync } from "node:fs";

/** What a process holds in memory now (resident set), in KiB; null where there is no /proc. */
export function residentKiB(pid: number): number | null {
  try {
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1] ?? Number.NaN);
  } catch {
    return null;
  }
}
