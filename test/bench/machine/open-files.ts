import { readFileSync } from "node:fs";

/**
 * How many files a process here may have open at most, its sockets included. Node raises its own limit to that when it
 * starts, and what it starts inherits it. Null where there is no /proc.
 */
export function openFilesLimit(): number | null {
  try {
    const [, hard] = /^Max open files\s+\S+\s+(\S+)/m.exec(readFileSync("/proc/self/limits", "latin1")) ?? [];
    return hard === undefined ? null : hard === "unlimited" ? Number.POSITIVE_INFINITY : Number(hard);
  } catch {
    return null;
  }
}
