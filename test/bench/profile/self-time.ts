/** Which functions a CPU profile found at the top of the stack, and for how long. */
import type { CpuProfile } from "./inspector.ts";

export interface SelfTime {
  /** Name and place of the function; `(program)` is workerd's own C++, `(garbage collector)` V8's. */
  name: string;
  milliseconds: number;
  /** Of the time in which anything ran: idle time is left out. */
  share: number;
}

/** @returns the functions with the most self time, longest first */
export function topSelfTimes(profile: CpuProfile, count: number): SelfTime[] {
  const names = new Map(profile.nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  const byName = new Map<string, number>();
  for (const [index, node] of profile.samples.entries()) {
    const name = names.get(node) ?? "?";
    byName.set(name, (byName.get(name) ?? 0) + (profile.timeDeltas[index] ?? 0) / 1000);
  }
  byName.delete("(idle)");
  const total = [...byName.values()].reduce((sum, time) => sum + time, 0);
  return [...byName]
    .map(([name, milliseconds]) => ({ name, milliseconds, share: milliseconds / total }))
    .sort((a, b) => b.milliseconds - a.milliseconds)
    .slice(0, count);
}

function nameOf({ functionName, url, lineNumber }: CpuProfile["nodes"][number]["callFrame"]): string {
  const name = functionName === "" ? "(anonymous)" : functionName;
  return url === "" ? name : `${name}  ${url.slice(url.lastIndexOf("/") + 1)}:${lineNumber + 1}`;
}
