import { expect } from "vitest";
import type { Rule } from "../../fault/checker/findings.ts";
import type { HistoryEvent } from "../../fault/history.ts";
import type { Story } from "./story.ts";

/** Makes a true history untrue in one way, which is to be found under the rule's name. */
export type Lie = readonly [rule: Rule, what: string, lie: (story: Story) => HistoryEvent[]];

/** Changes the one event for which `find` says so; it must be there. */
export function change<Type extends HistoryEvent["type"]>(
  events: HistoryEvent[],
  type: Type,
  find: (event: Extract<HistoryEvent, { type: Type }>) => boolean,
  to: (event: Extract<HistoryEvent, { type: Type }>) => HistoryEvent | HistoryEvent[],
): HistoryEvent[] {
  const index = events.findIndex(
    (event) => event.type === type && find(event as Extract<HistoryEvent, { type: Type }>),
  );
  expect(index).toBeGreaterThan(0);
  return events.toSpliced(index, 1, ...[to(events[index] as Extract<HistoryEvent, { type: Type }>)].flat());
}

export const has = (text: string) => (event: { text: string }) => event.text.includes(text);
export const toBob = (text: string) => (event: { text: string; client: string }) =>
  event.client === "bob" && event.text.includes(text);
export const finalPage = ({ final }: { final: boolean }) => final;
