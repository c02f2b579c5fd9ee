/** What the session has cost so far, and whether the room sleeps. */

import { AS_OF, costOf } from "./cost.ts";
import { count, el } from "./element.ts";
import type { Person } from "./person.ts";
import type { Usage } from "./usage.ts";

/** ms of silence after which the object is asked what it has done. */
const SETTLED = 1500;
/** ms after which it is asked although it goes on. */
const LONGEST = 5000;
/** s after which the platform lets an object sleep that has nothing to do. */
const SLEEPS_AFTER = 10;

export function meter(people: readonly Person[], usage: Usage): HTMLElement {
  const cost = el("strong", { text: "$0.000000" });
  const quiet = el("span", { class: "quiet" });
  const details = el("span", { class: "details" });
  let happenedAt = Date.now();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const ask = async () => {
    askBy = null;
    try {
      const total = await usage.ask();
      // The question itself has woken it.
      happenedAt = Date.now();
      cost.textContent = `$${costOf(total).toFixed(6)}`;
      const { requests, framesIn, framesOut, commits, rowsWritten } = total;
      details.textContent = `${count(requests)} requests, ${count(framesIn)} frames in, ${count(framesOut)} out, ${count(commits)} commits, ${count(rowsWritten)} rows written`;
    } catch {
      happened();
    }
  };
  let askBy: number | null = null;
  const happened = () => {
    happenedAt = Date.now();
    askBy ??= happenedAt + LONGEST;
    clearTimeout(timer);
    timer = setTimeout(ask, Math.min(SETTLED, Math.max(0, askBy - happenedAt)));
  };
  for (const { room } of people) for (const name of ["message", "signal", "state"] as const) room.on(name, happened);
  happened();
  setInterval(() => {
    const seconds = Math.floor((Date.now() - happenedAt) / 1000) - SLEEPS_AFTER;
    quiet.textContent = seconds >= 0 ? `asleep since ${seconds} s` : "awake";
    quiet.classList.toggle("asleep", seconds >= 0);
  }, 1000);
  const title = `Counted by the room's own object, at Cloudflare's list of ${AS_OF}; without the time it is busy, and without the plan's free share. Asleep: nothing has happened for ${SLEEPS_AFTER} s, after which the platform lets it sleep.`;
  return el("p", { class: "meter", title }, el("span", { text: "This session so far: " }), cost, " · ", quiet, details);
}
