/** Asks the start program to kill the service, and says how that went. */
import { button, clock, el } from "./element.ts";
import type { Ledger } from "./ledger.ts";
import type { Person } from "./person.ts";

export interface Plug {
  readonly url: string;
  readonly token: string;
}

/** ms between two messages while the service is down; and that the talk goes on after it is back. */
const TALK = 250;
const LONGER = 1500;

export interface PlugParts {
  /** Null: this is no service of `npm start`, or not its machine. */
  readonly plug: Plug | null;
  readonly people: readonly Person[];
  readonly ledger: Ledger;
  readonly say: (sentence: string) => void;
}

export function plugButton({ plug, people, ledger, say }: PlugParts): HTMLElement {
  const pull = async () => {
    if (plug === null) return;
    const pulledAt = Date.now();
    say(`Server killed at ${clock(pulledAt)} with kill -9. Both go on talking …`);
    const stop = talk(people);
    try {
      const headers = { authorization: `Bearer ${plug.token}` };
      const response = await fetch(plug.url, { method: "POST", headers });
      if (!response.ok) throw new Error(String(response.status));
      const { ms } = (await response.json()) as { ms: number };
      const { waiting } = ledger.totals;
      for (const { network } of people) network.wake();
      say(`Killed at ${clock(pulledAt)}, back after ${(ms / 1000).toFixed(1)} s. ${waiting} messages waited for it.`);
    } catch {
      say("The start program does not answer: is npm start still running?");
    } finally {
      await new Promise((resolve) => setTimeout(resolve, LONGER));
      stop();
    }
  };
  const properties = { class: "plug", "data-action": "plug", disabled: plug === null };
  const title =
    plug === null ? "Only on the machine of npm start" : "kill -9 to the whole server, which is then started again";
  const element = button("Pull the plug", pull, { ...properties, title });
  element.prepend(el("span", { class: "plug-icon", "aria-hidden": "true" }));
  return element;
}

/** Both say something again and again, until it is stopped. */
function talk(people: readonly Person[]): () => void {
  let turn = 0;
  const timer = setInterval(() => {
    turn++;
    people[turn % people.length]?.say(`still here, ${turn}`).catch(() => undefined);
  }, TALK);
  return () => clearInterval(timer);
}
