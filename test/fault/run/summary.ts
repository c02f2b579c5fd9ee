/** What rounds come to, added up; kept in a file, so that a long run can be made in parts. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import type { Outcome, Progress } from "./scenarios/scenario.ts";
import type { ServerName } from "./server/fault-server.ts";

interface Line {
  rounds: number;
  readonly verdicts: Record<string, number>;
  readonly counts: Record<string, number>;
  progress?: Progress;
}

export class Summary {
  /** By scenario and server. */
  readonly #lines: Record<string, Line>;
  readonly #path: string | null;

  /** @param path of the file; null: it is not kept */
  constructor(path: string | null) {
    this.#path = path;
    this.#lines = path !== null && existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : {};
  }

  add(scenario: string, server: ServerName, { verdict, counts, progress }: Outcome): void {
    const name = `${scenario} on ${server}`;
    const line = this.#lines[name] ?? { rounds: 0, verdicts: {}, counts: {} };
    this.#lines[name] = line;
    line.rounds++;
    line.verdicts[verdict] = (line.verdicts[verdict] ?? 0) + 1;
    for (const [key, count] of Object.entries(counts)) line.counts[key] = (line.counts[key] ?? 0) + count;
    // What was played in a round that went wrong is to be played again.
    if (verdict === "ok" && progress !== undefined) {
      const { state, text, isDone } = progress;
      line.progress = { state, text, isDone };
    }
    if (this.#path !== null) writeFileSync(this.#path, `${JSON.stringify(this.#lines, null, 2)}\n`);
  }

  roundsOf(scenario: string, server: ServerName): number {
    return this.#lines[`${scenario} on ${server}`]?.rounds ?? 0;
  }

  progressOf(scenario: string, server: ServerName): Progress | undefined {
    return this.#lines[`${scenario} on ${server}`]?.progress;
  }

  /** Over all scenarios. */
  get total(): Readonly<Record<string, number>> {
    const sums: Record<string, number> = {};
    for (const { counts } of Object.values(this.#lines))
      for (const [key, count] of Object.entries(counts)) sums[key] = (sums[key] ?? 0) + count;
    return sums;
  }

  get isOk(): boolean {
    const lines = Object.values(this.#lines);
    return lines.length > 0 && lines.every(({ rounds, verdicts }) => verdicts.ok === rounds);
  }

  toString(): string {
    const lines = Object.entries(this.#lines).map(
      ([name, { rounds, verdicts, counts, progress }]) =>
        `${name}: ${rounds} rounds ${JSON.stringify(verdicts)} ${textOf(counts)}${progress ? `\n${progress.text}` : ""}`,
    );
    return [...lines, `TOTAL: ${textOf(this.total)}`, `VERDICT: ${this.isOk ? "ok" : "NOT OK"}`].join("\n");
  }
}

function textOf(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([key, count]) => `${key} ${count}`)
    .join(", ");
}
