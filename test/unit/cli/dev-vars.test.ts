import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { makeDevVars, parseDevVars, signingSecret } from "../../../src/cli/dev-vars.mjs";

const long = "x".repeat(32);
let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "edgewire-dev-vars-"));
  path = join(directory, ".dev.vars");
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

describe("parseDevVars", () => {
  test.each<[string, string, Record<string, string>]>([
    ["plain", "A=1", { A: "1" }],
    ["double quotes", 'A="1 # 2"', { A: "1 # 2" }],
    ["single quotes and a comment behind", "A='1' # one", { A: "1" }],
    ["backquotes", "A=`1`", { A: "1" }],
    ["a comment behind a bare value", "A=1 # one", { A: "1" }],
    ["spaces around", "  A = 1  ", { A: "1" }],
    ["export", "export A=1", { A: "1" }],
    ["an = in the value", "A=b=c==", { A: "b=c==" }],
    ["an empty value", "A=", { A: "" }],
    ["a comment", "# A=1", {}],
    ["no assignment", "hello", {}],
    ["the last of two", "A=1\nA=2", { A: "2" }],
    ["CRLF and a byte order mark", "\uFEFFA=1\r\nB=2\r\n", { A: "1", B: "2" }],
  ])("%s", (_, text, expected) => {
    expect(Object.fromEntries(parseDevVars(text))).toEqual(expected);
  });
});

describe("makeDevVars", () => {
  test("makes two different secrets of more than 32 random bytes, for the owner's eyes only", () => {
    expect(makeDevVars(path)).toBe(true);
    const variables = parseDevVars(readFileSync(path, "utf8"));
    const secrets = [variables.get("AUTH_SECRET"), variables.get("API_KEY")];
    for (const secret of secrets) expect(secret).toMatch(/^[\w-]{48}$/);
    expect(secrets[0]).not.toBe(secrets[1]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(signingSecret(path)).toEqual({ secret: secrets[0] });
  });

  test("leaves a file alone that is there", () => {
    writeFileSync(path, "AUTH_SECRET=mine");
    expect(makeDevVars(path)).toBe(false);
    expect(readFileSync(path, "utf8")).toBe("AUTH_SECRET=mine");
  });
});

describe("signingSecret", () => {
  test.each<[string, string | null, string | undefined, object]>([
    ["from the file", `AUTH_SECRET=${long}`, undefined, { secret: long }],
    ["the first while rotating", `AUTH_SECRET=" ,${long}1 ,${long}2"`, undefined, { secret: `${long}1` }],
    ["the environment before the file", `AUTH_SECRET=${long}`, `${long}e`, { secret: `${long}e` }],
    ["an empty environment does not count", `AUTH_SECRET=${long}`, "", { secret: long }],
    ["no file", null, undefined, { problem: expect.stringContaining("There is no AUTH_SECRET") }],
    ["no line", "API_KEY=1", undefined, { problem: expect.stringContaining("There is no AUTH_SECRET") }],
    ["too short in the file", "AUTH_SECRET=short", undefined, { problem: expect.stringContaining("in .dev.vars is") }],
    ["too short elsewhere", null, "short", { problem: expect.stringContaining("in the environment is") }],
  ])("%s", (_, file, inEnvironment, expected) => {
    if (file !== null) writeFileSync(path, file);
    expect(signingSecret(path, { AUTH_SECRET: inEnvironment })).toEqual(expected);
  });
});
