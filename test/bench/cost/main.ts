/**
 * `npm run cost -- <month> …`: what a month of an application would cost on Cloudflare's list. What each deed uses is
 * measured now, on this machine, by the objects themselves; how often it is done is `months.ts`, the prices `prices.ts`.
 */
import { writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { BASE, PRICE_LISTS, PRICES_OF } from "../../../src/demo/prices.ts";
import { Servers } from "../server/servers.ts";
import { edgeCpu, sizes } from "./actions.ts";
import { COMMIT_MS } from "./assumed.ts";
import { type Bill, billed, billOf } from "./bill.ts";
import { Lab } from "./lab.ts";
import { type Deed, type Month, months, totalOfDeeds } from "./months.ts";
import { amount, dollars, table } from "./text.ts";
import { NO_USAGE, type Usage } from "./usage.ts";

const repository = fileURLToPath(new URL("../../..", import.meta.url));

const USAGE = `npm run cost -- [${months.map(({ name }) => name).join("|")} …] [--json FILE]`;

const NOT_INCLUDED = [
  "taxes, and what your own backend costs;",
  "Workers Logs (a line for a refusal, a fault or an unasked close);",
  `the distance between objects: here a call from a room to a user's object takes a fraction of a millisecond. Writes are
  counted with ${COMMIT_MS} ms each until they are confirmed, which is a guess on the safe side;`,
  "retries, reconnects after deploys, and abuse.",
];

function deedTable(deeds: readonly Deed[]): string {
  const columns: [string, (usage: Usage) => number][] = [
    ["edge requests", ({ edgeRequests }) => edgeRequests],
    ["requests", ({ requests }) => requests],
    ["frames in", ({ frames }) => frames],
    ["alarms", ({ alarms }) => alarms],
    ["rows written", ({ rowsWritten }) => rowsWritten],
    ["alarms set", ({ alarmsSet }) => alarmsSet],
    ["rows read", ({ rowsRead }) => rowsRead],
    ["busy ms", ({ busyMs, commits }) => busyMs + commits * COMMIT_MS],
  ];
  return table([
    ["one of each uses, measured", "times a month", ...columns.map(([heading]) => heading)],
    ...deeds.map(({ what, times, usage }) => [what, amount(times), ...columns.map(([, of]) => amount(of(usage)))]),
  ]);
}

function billTable({ lines, dollars: sum, dollarsBeyond }: Bill): string {
  const rows = lines.map(({ what, unit, used, included, dollars: cost }) => [
    unit === "" ? what : `${what}, ${unit}`,
    amount(used),
    amount(included),
    dollars(cost),
  ]);
  return [
    table([
      ["a month", "used", "included", "costs"],
      ...rows,
      ["the plan", "", "", dollars(BASE)],
      ["together", "", "", dollars(sum)],
    ]),
    `In an account that has used up what is included: ${dollars(dollarsBeyond)}.`,
  ].join("\n");
}

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({ allowPositionals: true, options: { json: { type: "string" } } });
  const unknown = positionals.filter((name) => !months.some((month) => month.name === name));
  if (unknown.length > 0) throw new Error(`no such month: ${unknown.join(", ")}\n${USAGE}`);
  const chosen = months.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  const servers = new Servers(path.join(repository, ".bench"), path.join(repository, "wrangler.toml"), false);
  const lab = new Lab(await servers.shared("metered"), await servers.target("metered"));
  const cpu = await edgeCpu(lab);
  const size = await sizes(lab);
  const results = [];
  for (const month of chosen) results.push(await show(month, lab, cpu, size));
  console.log(`Not included:\n${NOT_INCLUDED.map((what) => `- ${what}`).join("\n")}`);
  console.log(`Prices of ${PRICES_OF}: ${PRICE_LISTS.join(", ")}`);
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(results, null, 2)}\n`);
  await servers.stop();
}

async function show(month: Month, lab: Lab, cpu: number, size: { room: number; user: number }) {
  const deeds = await month.deeds(lab);
  const stored = (month.stored.rooms * size.room + month.stored.users * size.user) / 1e9;
  const bill = billOf(billed(totalOfDeeds(deeds, NO_USAGE), stored, cpu));
  console.log(
    [
      `# ${month.title}`,
      ...month.assumes.map((what) => `- ${what}`),
      "",
      deedTable(deeds),
      "",
      billTable(bill),
      "",
    ].join("\n"),
  );
  return { name: month.name, title: month.title, assumes: month.assumes, deeds, bill };
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  },
);
