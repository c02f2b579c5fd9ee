/** One line a server, one column a scenario, and beside them what each does for it. */
import { figure, padded, withRange } from "../report.ts";
import { type Spread, spread } from "../statistics.ts";
import type { Does } from "./peers.ts";
import type { Outcome, PeerScenario } from "./scenarios.ts";

export interface Line {
  name: string;
  version: string;
  does: Does;
  /** By scenario, its runs. */
  runs: Readonly<Record<string, readonly Outcome[]>>;
}

/** Above this the load generator was the limit. */
const GENERATOR_FULL = 0.95;

export function figuresOf(runs: readonly Outcome[]): Spread[] {
  return (runs[0]?.figures ?? []).map((_, index) => spread(runs.map(({ figures }) => figures[index] as number)));
}

export function peersTable(scenarios: readonly PeerScenario[], lines: readonly Line[]): string {
  const head = ["", ...scenarios.map(({ id }) => id), "on disk before sent", "total order", "resume", "once on retry"];
  const cells = lines.map(({ name, version, does, runs }) => [
    `${name} (${version})`,
    ...scenarios.map((scenario) => cell(scenario, runs[scenario.id] ?? [])),
    ...[does.disk, does.order, does.resume, does.once],
  ]);
  return [
    "Median (min–max) of the rounds. Messages of 128 bytes, one core each for server and load generator, loopback.",
    "≥: the load generator was the limit, the server can do more. order, once: seen from outside, as it runs here.",
    ...scenarios.map(({ id, title, unit }) => `${id}: ${title} (${unit})`),
    "",
    ...padded([head, ...cells]),
  ].join("\n");
}

function cell({ isRate }: PeerScenario, runs: readonly Outcome[]): string {
  if (runs.length === 0) return "–";
  if (runs.some(({ faults }) => faults.length > 0)) return "FAILED";
  const isLimited = isRate && spread(runs.map(({ generatorCpu }) => generatorCpu ?? 0)).median > GENERATOR_FULL;
  const text = figuresOf(runs).map((each) => withRange(each, figure));
  return `${isLimited ? "≥ " : ""}${text.join(" | ")}`;
}
