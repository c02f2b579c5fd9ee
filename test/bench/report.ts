/** What the bench says: the table for people, and the same rows with everything that was measured as JSON. */
import os from "node:os";
import type { Row, ServerFigures } from "./judge.ts";
import { canPin, GENERATOR_CORE, SERVER_CORE } from "./machine/pinning.ts";
import type { Options } from "./options.ts";
import type { CpuProfile } from "./profile/inspector.ts";
import { topSelfTimes } from "./profile/self-time.ts";
import type { Target } from "./scenarios.ts";
import type { Spread } from "./statistics.ts";

const HEADINGS = [
  "",
  "scenario",
  "R",
  "Edgewire",
  "ratio",
  "target",
  "p50, p99 ms: R",
  "Edgewire",
  "CPU: server",
  "load",
];

export function table(rows: readonly Row[]): string {
  const cells = [HEADINGS, ...rows.map(rowCells)];
  const widths = HEADINGS.map((_, column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)));
  const lines = cells.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  return [
    "R, Edgewire: thousand deliveries a second of a 128-byte payload; median (min–max) of the rounds.",
    "ratio: Edgewire over R, round by round: of deliveries (×), of the median latency where a rate is given (p50 ×).",
    "CPU: share of a core used while measuring, by R/Edgewire and by the load generator under each: near 1.00 is a limit.",
    "",
    ...lines,
    ...rows.filter(wasDisturbed).map(disturbance),
  ].join("\n");
}

function disturbance({ id, title, ratioOfCpu }: Row): string {
  const fair = ratioOfCpu === null ? "" : `; by CPU time the ratio is × ${ratioOfCpu.toFixed(2)}`;
  return `! ${id}  ${title}: other processes used the server's core${fair}.`;
}

/** A saturated R takes all of its core; if it did not get it, the row compares what was left over to each. */
function wasDisturbed({ scenario, reference }: Row): boolean {
  return "window" in scenario.pace && reference.serverCpu !== null && reference.serverCpu.min < 0.9;
}

function rowCells(row: Row): string[] {
  const { reference, edgewire } = row;
  const latency = "messagesPerSecond" in row.scenario.pace;
  return [
    row.id,
    row.title,
    throughput(reference),
    throughput(edgewire),
    `${latency ? "p50 " : ""}× ${withRange(row.ratio, (value) => value.toFixed(2))}`,
    verdict(row),
    latencies(reference),
    latencies(edgewire),
    `${share(reference.serverCpu)} / ${share(edgewire.serverCpu)}`,
    `${share(reference.generatorCpu)} / ${share(edgewire.generatorCpu)}`,
  ];
}

function throughput({ deliveriesPerSecond }: ServerFigures): string {
  return withRange(deliveriesPerSecond, (value) => (value / 1000).toFixed(value < 100_000 ? 1 : 0));
}

function latencies({ p50, p99 }: ServerFigures): string {
  return `${p50.median.toFixed(1)}, ${p99.median.toFixed(1)}`;
}

function withRange({ median, min, max }: Spread, format: (value: number) => string): string {
  return `${format(median)} (${format(min)}–${format(max)})`;
}

function share(value: Spread | null): string {
  return value === null ? "?" : value.median.toFixed(2);
}

function verdict(row: Row): string {
  if (row.faults.length > 0) return "FAILED";
  if (row.target === null) return "–";
  return `${row.met === true ? "met" : "MISSED"}: ${describeTarget(row.target)}`;
}

function describeTarget(target: Target): string {
  return "atLeast" in target ? `≥ ${target.atLeast}, then ${target.later}` : `≤ ${target.atMost}`;
}

export function resultJson(rows: readonly Row[], { rounds, seconds }: Options): string {
  const machine = {
    cpu: os.cpus()[0]?.model ?? "unknown",
    cores: os.availableParallelism(),
    pinned: canPin ? { server: SERVER_CORE, generator: GENERATOR_CORE } : null,
    node: process.version,
  };
  const result = { at: new Date().toISOString(), machine, rounds, seconds, rows };
  const rounded = (_key: string, value: unknown) => (typeof value === "number" ? Number(value.toPrecision(4)) : value);
  return `${JSON.stringify(result, rounded, 2)}\n`;
}

export function selfTimeTable(profile: CpuProfile): string {
  return topSelfTimes(profile, 25)
    .map(
      ({ name, milliseconds, share }) =>
        `${(share * 100).toFixed(1).padStart(6)} %  ${milliseconds.toFixed(0).padStart(6)} ms  ${name}`,
    )
    .join("\n");
}
