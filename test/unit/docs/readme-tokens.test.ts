import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { readSecrets, type Secrets } from "../../../src/auth/secrets.ts";
import { verifyToken } from "../../../src/auth/token.ts";
import { examplesIn } from "../../support/readme.ts";

const AUTH_SECRET = "readme-secret-of-more-than-32-bytes";
const folder = mkdtempSync(join(tmpdir(), "edgewire-tokens-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the README's token (skipped where the language is not installed)", () => {
  const languages: [string, string, string, string[], string[]][] = [
    ["python", "python3", "token.py", ["--version"], []],
    ["php", "php", "token.php", ["--version"], []],
    ["go", "go", "token.go", ["version"], ["run"]],
  ];
  for (const [language, command, file, version, run] of languages)
    test.skipIf(spawnSync(command, version).status !== 0)(
      `of ${language} is one that the service takes`,
      async () => {
        const [program = ""] = examplesIn(language, "In your application");
        writeFileSync(join(folder, file), program);
        const env = { ...process.env, AUTH_SECRET };
        const { stdout, stderr } = spawnSync(command, [...run, join(folder, file)], { env, encoding: "utf8" });
        const verdict = await verifyToken(stdout.trim(), readSecrets({ AUTH_SECRET }) as Secrets, Date.now());
        expect(verdict, stderr).toMatchObject({ user: "alice", capabilities: { "room:*": ["*"] } });
      },
      60_000,
    );
});
