import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readService, removeService, writeService } from "../../../src/cli/service-file.mjs";

const mine = { url: "http://127.0.0.1:1234", pid: process.pid };
let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "edgewire-service-"));
  path = join(directory, "not-yet-there", "edgewire.json");
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

test("what was written is read, and removed by its owner only", () => {
  expect(readService(path)).toBeNull();
  writeService(mine, path);
  expect(readService(path)).toEqual(mine);
  removeService(mine.pid + 1, path);
  expect(existsSync(path)).toBe(true);
  removeService(mine.pid, path);
  expect(existsSync(path)).toBe(false);
});

test("a service that was killed does not count", () => {
  const { pid } = spawnSync(process.execPath, ["--version"]);
  writeService({ ...mine, pid }, path);
  expect(readService(path)).toBeNull();
});

test.each(["", "{", "null", '{"url":1,"pid":1}', '{"url":"http://127.0.0.1"}'])(
  "nonsense does not count: %s",
  (text) => {
    writeService(mine, path);
    writeFileSync(path, text);
    expect(readService(path)).toBeNull();
  },
);
