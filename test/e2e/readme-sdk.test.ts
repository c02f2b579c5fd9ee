import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { examplesIn } from "../support/readme.ts";
import { apiKey, authSecret, tokenFor, useService } from "../support/service.ts";
import { until } from "../support/until.ts";

const service = useService();
const folder = mkdtempSync(join(tmpdir(), "edgewire-readme-"));
const ended: (() => void)[] = [];
afterAll(() => {
  for (const end of ended) end();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs an example, after what it says is the application's own. */
function run(name: string, example: string, before: string): { output: string; code: number | null } {
  const file = join(folder, `${name}.mjs`);
  const text = example
    .replaceAll("http://127.0.0.1:8787", service.origin())
    .replace(/"edgewire\/(\w+)"/g, (_, entry) =>
      JSON.stringify(new URL(`../../src/${entry}/index.ts`, import.meta.url)),
    );
  writeFileSync(file, `${before}\n${text}`);
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", file], { stdio: "pipe" });
  ended.push(() => child.kill("SIGKILL"));
  const program = { output: "", code: null as number | null };
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk) => {
      program.output += chunk;
    });
  child.once("exit", (code) => {
    program.code = code;
  });
  return program;
}

test("the README's ten lines chat, and its backend publishes, asks and logs out", async () => {
  const [client = "", backend = ""] = examplesIn("js", "In your application");
  const capabilities = { "room:*": ["subscribe", "history", "publish", "presence"] };
  const person = (user: string) =>
    run(user, client, `const fetchToken = () => ${JSON.stringify(tokenFor(user, capabilities))};`);
  const bob = person("bob");
  await until(() => bob.output.includes("bob: hello"), { what: () => bob.output });
  const alice = person("alice");
  await until(() => bob.output.includes("alice: hello") && bob.output.includes("here: alice, bob"), {
    what: () => bob.output,
  });
  // Whoever comes later sees what was said before.
  await until(() => alice.output.includes("bob: hello") && alice.output.includes("connected"), {
    what: () => alice.output,
  });

  const keys = `const API_KEY = ${JSON.stringify(apiKey)}, AUTH_SECRET = ${JSON.stringify(authSecret)};`;
  const server = run(
    "backend",
    `${backend}\nconsole.log(JSON.stringify([users.alice.online, token.split(".").length]));`,
    keys,
  );
  await until(() => server.code !== null, { what: () => server.output });
  expect(server.output.trim()).toBe("[true,3]");
  await until(() => bob.output.includes("server: from the backend"), { what: () => bob.output });
});
