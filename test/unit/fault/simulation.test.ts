/** A cut of `npm run simulate`, as the command that it is: a failing seed is in its output. */
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { runNode } from "../../support/run-node.ts";

const PROGRAM = fileURLToPath(new URL("../../fault/simulation/main.ts", import.meta.url));
const SEEDS = 500;
const TIMEOUT = 600_000;

const simulate = (...args: string[]) => runNode(["--no-warnings", PROGRAM, ...args], { timeout: TIMEOUT });

test(
  `I1 to I15, P1 to P6, S1: ${SEEDS} seeds of the whole service under faults`,
  async () => {
    const { code, output } = await simulate("--seeds", String(SEEDS));
    expect(code, output).toBe(0);
    const totals = JSON.parse(/^\{"seeds".*$/m.exec(output)?.[0] ?? "{}");
    expect(totals).toMatchObject({ seeds: SEEDS, failed: [] });
    // Most of them must have shown something.
    expect(totals.ok).toBeGreaterThan(SEEDS / 2);
    expect(totals["over relays"]).toBeGreaterThan(SEEDS / 10);
    expect(Object.keys(totals.faults).length).toBeGreaterThan(12);
  },
  TIMEOUT,
);

test(
  "a seed is the same run each time, over relays",
  async () => {
    const [one, other] = [await simulate("--seed", "7", "--history"), await simulate("--seed", "7", "--history")];
    expect(one.output).toBe(other.output);
    expect(one.output).toContain('"type":"heal"');
    expect(one.output).toContain('"relays":{"above":0');
  },
  TIMEOUT,
);
