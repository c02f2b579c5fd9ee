import { readFileSync } from "node:fs";

/** Linux counts in ticks of 1/100 s here on every architecture (USER_HZ). */
const TICKS_PER_SECOND = 100;

/** The CPU time a process and its threads have used so far, in seconds; null where there is no /proc. */
export function cpuSeconds(pid: number): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The name, in parentheses, may hold spaces; user and system time are the 14th and 15th fields of the line.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  } catch {
    return null;
  }
}
