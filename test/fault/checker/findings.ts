import type { HistoryEvent } from "../history.ts";

/** The rules of reliability.md that a history can break. */
export const RULES = [
  ...["I1", "I2", "I3", "I4", "I5", "I6", "I7", "I8", "I9", "I10", "I11", "I12", "I13", "I14", "I15"],
  ...["P1", "P2", "P3", "P4", "P5", "P6", "S1"],
] as const;
export type Rule = (typeof RULES)[number];

export interface Finding {
  readonly rule: Rule;
  readonly what: string;
  /** Those that together break it. */
  readonly events: readonly HistoryEvent[];
}

/** Of each rule; the others are only counted. */
const MOST_KEPT = 5;

export class Findings {
  readonly all: Finding[] = [];
  readonly counts = new Map<Rule, number>();

  add(rule: Rule, what: string, ...events: (HistoryEvent | undefined)[]): void {
    const count = (this.counts.get(rule) ?? 0) + 1;
    this.counts.set(rule, count);
    if (count > MOST_KEPT) return;
    this.all.push({ rule, what, events: events.filter((event) => event !== undefined) });
  }
}
