/** One line of the result: two figures of the same kind, their ratio, and what it has to be. */
import { type Spread, spread } from "./statistics.ts";

/** Of the ratio or, in a row without one, of Edgewire's figure. `later`: what to reach next. */
export type Target = { atLeast: number; later?: number } | { atMost: number };

export interface Row {
  id: string;
  title: string;
  /** Of both figures. */
  unit: string;
  /** What Edgewire is compared with; null: nothing. */
  reference: { name: string; figure: Spread } | null;
  edgewire: Spread;
  /** Edgewire's figure over the reference's, round by round; null: there is no reference. */
  ratio: Spread | null;
  target: Target | null;
  met: boolean | null;
  /** What else is to be known to read the figures. */
  notes: readonly string[];
  /** Anything here makes the row worthless. */
  faults: readonly string[];
  /** Everything that was measured. */
  details: unknown;
}

/** Puts a row together from the figures of each round: the reference's and Edgewire's are neighbours in time. */
export function rowOf(
  parts: Pick<Row, "id" | "title" | "unit" | "target"> &
    Partial<Pick<Row, "notes" | "faults" | "details">> & {
      reference?: { name: string; values: readonly number[] };
      edgewire: readonly number[];
    },
): Row {
  const { reference, edgewire, target, notes = [], faults = [], details = null } = parts;
  const ratio = reference && spread(edgewire.map((value, round) => value / (reference.values[round] ?? Number.NaN)));
  const judged = ratio ?? spread(edgewire);
  return {
    id: parts.id,
    title: parts.title,
    unit: parts.unit,
    reference: reference === undefined ? null : { name: reference.name, figure: spread(reference.values) },
    edgewire: spread(edgewire),
    ratio: ratio ?? null,
    target,
    met: target && faults.length === 0 && meets(judged.median, target),
    notes,
    faults,
    details,
  };
}

function meets(value: number, target: Target): boolean {
  return "atLeast" in target ? value >= target.atLeast : value <= target.atMost;
}
