import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const program = fileURLToPath(new URL("../../../src/cli/token.ts", import.meta.url));

function token(args: string[], secret: string) {
  const env = { ...process.env, AUTH_SECRET: secret };
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], { env, encoding: "utf8" });
  return { status, stdout, stderr };
}

test("one token and nothing else on standard output", () => {
  const { status, stdout, stderr } = token(["alice", "room:*", "--ttl", "1h"], "x".repeat(32));
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
  const { iat, exp, ...claims } = JSON.parse(Buffer.from(stdout.split(".")[1] ?? "", "base64url").toString());
  expect(claims).toEqual({ sub: "alice", capabilities: { "room:*": ["*"] } });
  expect(exp - iat).toBe(3600);
});

test("wrong arguments: one sentence, the usage, exit code 2", () => {
  expect(token(["alice"], "x".repeat(32))).toEqual({
    status: 2,
    stdout: "",
    stderr: expect.stringMatching(/^Say for which channels, .*\nusage: .*\n$/),
  });
});

test("a secret that the service would refuse: one sentence, exit code 1", () => {
  expect(token(["alice", "room:*"], "short")).toEqual({
    status: 1,
    stdout: "",
    stderr: expect.stringMatching(/^AUTH_SECRET in the environment is shorter than 32 bytes.*\n$/),
  });
});
