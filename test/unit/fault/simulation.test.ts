/** A cut of `npm run simulate`, as the command that it is: a failing seed is in its output. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const PROGRAM = fileURLToPath(new URL("../../fault/simulation/main.ts", import.meta.url));
const SEEDS = 500;
const TIMEOUT = 600_000;

function simulate(...args: string[]): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["--no-warnings", PROGRAM, ...args], {
      timeout: TIMEOUT,
      killSignal: "SIGKILL",
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (chunk) => {
        output += chunk;
      });
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, output }));
  });
}

test(
  `I1 to I15, P1 to P6, S1: ${SEEDS} seeds of the whole service under faults`,
  async () => {
    const { code, output } = await simulate("--seeds", String(SEEDS));
    expect(code, output).toBe(0);
    const totals = JSON.parse(/^\{"seeds".*$/m.exec(output)?.[0] ?? "{}");
    expect(totals).toMatchObject({ seeds: SEEDS, failed: [] });
    // Most of them must have shown something.
    expect(totals.ok).toBeGreaterThan(SEEDS / 2);
    expect(Object.keys(totals.faults).length).toBeGreaterThan(12);
  },
  TIMEOUT,
);

test(
  "a seed is the same run each time",
  async () => {
    const [one, other] = [await simulate("--seed", "7", "--history"), await simulate("--seed", "7", "--history")];
    expect(one.output).toBe(other.output);
    expect(one.output).toContain('"type":"heal"');
  },
  TIMEOUT,
);
