/** From the JSON of `npm run bench -- curve` to the charts. */
import type { Scenario } from "../scenarios.ts";
import type { Spread } from "../statistics.ts";
import type { Chart, Line } from "./svg.ts";

interface Figures {
  deliveriesPerSecond: Spread;
  p50: Spread;
  p99: Spread;
}

/** What is needed of a row of the bench. */
interface CurveRow {
  id: string;
  details: { scenario: Scenario; reference: Figures; edgewire: Figures };
}

export interface Result {
  at: string;
  machine: { cpu: string };
  rounds: number;
  rows: readonly { id: string; details: unknown }[];
}

const SERVERS = [
  { style: "edgewire", name: "Edgewire, on disk first" },
  { style: "reference", name: "plain object, not stored" },
] as const;

/** @throws Error if the result has no curve in it */
export function chartsOf({ rows }: Result): Chart[] {
  const all = rows.filter(({ id }) => id === "curve") as readonly CurveRow[];
  const saturated = all.filter(({ details }) => "window" in details.scenario.pace);
  const paced = all.filter(({ details }) => "messagesPerSecond" in details.scenario.pace);
  if (saturated.length < 2 || paced.length < 2)
    throw new Error("there is no curve in that result: make it with `npm run bench -- curve --json FILE`");
  const throughput = SERVERS.map(
    ({ style, name }): Line => ({
      name,
      style,
      points: saturated.map(({ details }) => ({
        x: details.scenario.subscribersPerRoom,
        y: details[style].deliveriesPerSecond.median,
      })),
    }),
  );
  const latency = (["p50", "p99"] as const).flatMap((quantile) =>
    SERVERS.map(
      ({ style }): Line => ({
        name: `${style === "edgewire" ? "Edgewire" : "plain object"}, ${quantile}`,
        style,
        dashed: quantile === "p99",
        points: paced.map(({ details }) => ({ x: rateOf(details.scenario), y: details[style][quantile].median })),
      }),
    ),
  );
  return [
    { title: "1 publisher, as fast as it goes", x: "subscribers", y: "deliveries a second", lines: throughput },
    { title: "to 100 subscribers, at a rate", x: "messages a second", y: "ms to delivery", lines: latency },
  ];
}

function rateOf({ pace }: Scenario): number {
  return "messagesPerSecond" in pace ? pace.messagesPerSecond : Number.NaN;
}

export function captionOf({ at, machine, rounds }: Result): string {
  return `${at.slice(0, 10)} · one core of ${machine.cpu} · loopback, no proxy · 128-byte messages · medians of ${rounds} rounds`;
}
