/** What the bench says: the table for people, and the same rows with everything that was measured as JSON. */
import os from "node:os";
import { canPin, GENERATOR_CORE, SERVER_CORE } from "./machine/pinning.ts";
import type { Options } from "./options.ts";
import type { CpuProfile } from "./profile/inspector.ts";
import { topSelfTimes } from "./profile/self-time.ts";
import type { Row, Target } from "./row.ts";
import type { Spread } from "./statistics.ts";

const HEADINGS = ["", "scenario", "unit", "against", "Edgewire", "ratio", "target", "notes (reference / Edgewire)"];

export function table(rows: readonly Row[]): string {
  return [
    "Figures: median (min–max) of the rounds. ratio: Edgewire over what it is run against, round by round.",
    "CPU: share of a core used while measuring: near 1.00 is a limit. Every message is 128 bytes of payload.",
    "",
    ...padded([HEADINGS, ...rows.map(rowCells)]),
  ].join("\n");
}

/** Lines of cells, the columns one under the other. */
export function padded(cells: readonly (readonly string[])[]): string[] {
  const widths = cells[0]?.map((_, column) => Math.max(...cells.map((line) => line[column]?.length ?? 0))) ?? [];
  return cells.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

function rowCells(row: Row): string[] {
  const { reference, edgewire, ratio } = row;
  return [
    row.id,
    row.title,
    row.unit,
    reference === null ? "–" : `${reference.name}: ${withRange(reference.figure, figure)}`,
    withRange(edgewire, figure),
    ratio === null ? "–" : `× ${withRange(ratio, (value) => value.toFixed(2))}`,
    verdict(row),
    row.notes.join(" · "),
  ];
}

/** Three digits that count, and no more. */
export function figure(value: number): string {
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.max(Math.abs(value), 0.001))));
  return value === 0 ? "0" : value.toFixed(Math.min(digits, 3));
}

export function withRange({ median, min, max }: Spread, format: (value: number) => string): string {
  return min === max ? format(median) : `${format(median)} (${format(min)}–${format(max)})`;
}

function verdict(row: Row): string {
  if (row.faults.length > 0) return "FAILED";
  if (row.target === null) return "–";
  return `${row.met === true ? "met" : "MISSED"}: ${describeTarget(row.target)}`;
}

function describeTarget(target: Target): string {
  if ("atMost" in target) return `≤ ${target.atMost}`;
  return target.later === undefined ? `≥ ${target.atLeast}` : `≥ ${target.atLeast}, then ${target.later}`;
}

export function resultJson(rows: readonly Row[], { rounds, seconds }: Options): string {
  return json({ rounds, seconds, rows });
}

/** What was measured, with when and on what, in numbers of four digits. */
export function json(result: object): string {
  const machine = {
    cpu: os.cpus()[0]?.model ?? "unknown",
    cores: os.availableParallelism(),
    pinned: canPin ? { server: SERVER_CORE, generator: GENERATOR_CORE } : null,
    node: process.version,
  };
  const rounded = (_key: string, value: unknown) => (typeof value === "number" ? Number(value.toPrecision(4)) : value);
  return `${JSON.stringify({ at: new Date().toISOString(), machine, ...result }, rounded, 2)}\n`;
}

export function selfTimeTable(profile: CpuProfile): string {
  return topSelfTimes(profile, 25)
    .map(
      ({ name, milliseconds, share }) =>
        `${(share * 100).toFixed(1).padStart(6)} %  ${milliseconds.toFixed(0).padStart(6)} ms  ${name}`,
    )
    .join("\n");
}
