/** A cut of `npm run fault`, as the command that it is: a failing seed is in its output, and where its history is. */
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { runNode } from "../../support/run-node.ts";

const PROGRAM = fileURLToPath(new URL("../../fault/run/main.ts", import.meta.url));
const TIMEOUT = 200_000;
const ROUNDS = [
  ["--only", "kill,positions,followed"],
  ["--only", "mixed", "--relays"],
];

test(
  "I1 to I15, P1 to P6, S1: kills, cuts at any byte, rooms on one socket, and over relays all faults mixed, of the real runtime",
  async () => {
    const sums = new Map<string, number>();
    for (const round of ROUNDS) {
      const { code, output } = await runNode(["--no-warnings", PROGRAM, "--short", ...round], { timeout: TIMEOUT });
      console.log(
        output
          .split("\n")
          .filter((line) => /^(seed|TOTAL|VERDICT)/.test(line))
          .join("\n"),
      );
      expect(code, output).toBe(0);
      const [, total = ""] = /^TOTAL: (.*)$/m.exec(output) ?? [];
      for (const [, name = "", count] of total.matchAll(/([^,]+) (\d+)(?:, |$)/g))
        sums.set(name, (sums.get(name) ?? 0) + Number(count));
    }
    // A run in which little happened has shown little.
    expect(sums.get("kill")).toBeGreaterThanOrEqual(10);
    expect(sums.get("object reset of a user")).toBeGreaterThanOrEqual(1); // with what it follows
    expect(sums.get("relay reset")).toBeGreaterThanOrEqual(1);
    expect(sums.get("acknowledged")).toBeGreaterThan(500);
    expect(sums.get("delivered")).toBeGreaterThan(2000);
  },
  TIMEOUT,
);
