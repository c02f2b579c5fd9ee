import { readFileSync } from "node:fs";

/** What workerd has open for a socket, and for an object: its database, that one's log, and what they share. */
const FILES_PER_SOCKET = 2;
const FILES_PER_OBJECT = 3;
/** And anyway. */
const OTHER_FILES = 500;

/** How many of `wanted` sockets a process here may have open beside so many objects; says so if they are not all. */
export function socketsAllowed(wanted: number, objects: number): number {
  const limit = openFilesLimit() ?? Number.POSITIVE_INFINITY;
  const fit = Math.floor((limit - OTHER_FILES - objects * FILES_PER_OBJECT) / FILES_PER_SOCKET);
  if (fit >= wanted) return wanted;
  const allowed = Math.floor(fit / 1000) * 1000;
  if (allowed < 1000)
    throw new Error(`${wanted} sockets need more open files than a process may have here: ${limit} (ulimit -Hn)`);
  console.error(`Only ${allowed} sockets of ${wanted}: a process may have ${limit} open files here (ulimit -Hn).`);
  return allowed;
}

/**
 * How many files a process here may have open at most, its sockets included. Node raises its own limit to that when it
 * starts, and what it starts inherits it. Null where there is no /proc.
 */
function openFilesLimit(): number | null {
  try {
    const [, hard] = /^Max open files\s+\S+\s+(\S+)/m.exec(readFileSync("/proc/self/limits", "latin1")) ?? [];
    return hard === undefined ? null : hard === "unlimited" ? Number.POSITIVE_INFINITY : Number(hard);
  } catch {
    return null;
  }
}
