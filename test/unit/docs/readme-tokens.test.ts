import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { readSecrets, type Secrets } from "../../../src/auth/secrets.ts";
import { verifyToken } from "../../../src/auth/token.ts";
import { describeWith, type Program } from "../../support/installed.ts";
import { examplesIn } from "../../support/readme.ts";

const AUTH_SECRET = "readme-secret-of-more-than-32-bytes";
const folder = mkdtempSync(join(tmpdir(), "edgewire-tokens-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const languages: [language: string, program: Program, file: string, run: string[]][] = [
  ["python", "python3", "token.py", []],
  ["php", "php", "token.php", []],
  ["go", "go", "token.go", ["run"]],
];

for (const [language, program, file, run] of languages)
  describeWith(program, `the README's token in ${language}`, () => {
    it("is one that the service takes", async () => {
      const [example = ""] = examplesIn(language, "In your application");
      writeFileSync(join(folder, file), example);
      const env = { ...process.env, AUTH_SECRET };
      const { stdout, stderr } = spawnSync(program, [...run, join(folder, file)], { env, encoding: "utf8" });
      const verdict = await verifyToken(stdout.trim(), readSecrets({ AUTH_SECRET }) as Secrets, Date.now());
      expect(verdict, stderr).toMatchObject({ user: "alice", capabilities: { "room:*": ["*"] } });
    });
  });
