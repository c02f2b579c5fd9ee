import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../support/free-port.ts";
import { terminalsOf, timeless, tourOf } from "../support/tour.ts";
import { until } from "../support/until.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const TOUR = "A five-minute tour";
const hasCurl = spawnSync("curl", ["--version"]).status === 0;
if (!hasCurl && process.env.EDGEWIRE_CI) throw new Error("curl is missing: .ci/run installs it");

/** A program of the README, and what it has printed. */
interface Program {
  readonly child: ChildProcess;
  output: string;
}

function run(command: string, args: readonly string[]): Program {
  // In a process group of its own, as a terminal would have it.
  const child = spawn(command, args, { cwd: root, stdio: "pipe", detached: true });
  const program: Program = { child, output: "" };
  const keep = (chunk: Buffer) => {
    program.output += chunk;
  };
  child.stdout?.on("data", keep);
  child.stderr?.on("data", keep);
  return program;
}

async function ended({ child }: Program, what: string): Promise<void> {
  await until(() => child.exitCode !== null || child.signalCode !== null, { what, timeout: 20_000 });
}

describe("the README's tour", () => {
  const state = mkdtempSync(join(tmpdir(), "edgewire-tour-"));
  let service: Program;
  let url: string;

  beforeAll(async () => {
    const port = await freePort();
    service = run("npm", ["start", "--", "--port", String(port), "--persist-to", state]);
    await until(() => service.output.includes("Ctrl-C ends it"), { what: () => service.output, timeout: 60_000 });
    url = /http:\/\/127\.0\.0\.1:\d+/.exec(service.output)?.[0] ?? "";
  });

  afterAll(async () => {
    if (service.child.pid !== undefined) process.kill(-service.child.pid, "SIGINT"); // Ctrl-C reaches the whole group
    await ended(service, "npm start ends on Ctrl-C");
    rmSync(state, { recursive: true, force: true, maxRetries: 5 });
  });

  it.skipIf(!hasCurl)("answers every command with what the README shows (skipped where there is no curl)", async () => {
    const steps = tourOf(TOUR);
    expect(steps.filter(({ shows }) => shows !== null).length).toBeGreaterThanOrEqual(4);
    // One shell for all steps, as the reader has one: a marker after each tells its output from the next.
    const script = steps.map(({ command }) => `${command}\nprintf '\\036'`).join("\n");
    const shell = run("sh", ["-c", script.replaceAll("http://127.0.0.1:8787", url)]);
    await ended(shell, "the tour's commands end");
    const outputs = shell.output.split("\x1e");
    for (const [index, { command, shows }] of steps.entries())
      if (shows !== null)
        expect(timeless(JSON.parse(outputs[index] ?? "")), `${command}\n${outputs[index]}`).toEqual(timeless(shows));
  });

  it("lets three people chat, of whom the third sees what was said before", async () => {
    const [first, second, third] = terminalsOf(TOUR).map((line) => line.split(" "));
    const join = (words: string[] | undefined) => run("npm", [...(words ?? []).slice(1), ...["--url", url]]);
    const alice = join(first);
    await until(() => alice.output.includes("lobby"), { what: () => alice.output });
    const bob = join(second);
    await until(() => alice.output.includes("bob"), { what: () => alice.output });
    alice.child.stdin?.write("hello from alice\n");
    await until(() => bob.output.includes("hello from alice"), { what: () => bob.output });
    const carol = join(third);
    await until(() => carol.output.includes("hello from alice"), { what: () => carol.output });
    for (const person of [alice, bob, carol]) person.child.stdin?.end();
    for (const person of [alice, bob, carol]) await ended(person, "a client ends when its input does");
    expect(alice.child.exitCode).toBe(0);
  });
});
