import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { logLine } from "../../../src/logging.ts";

const write = vi.fn();
beforeEach(() => {
  vi.spyOn(console, "log").mockImplementation(write);
});
afterEach(() => {
  vi.restoreAllMocks();
  write.mockReset();
});

const fields = { code: "forbidden", status: 403 };
const ids = { id: "lobby", user: "alice" };

test.each<[string | undefined, unknown[]]>([
  [undefined, [{ event: "refused", ...fields }]],
  ["info", [{ event: "refused", ...fields }]],
  ["debug", [{ event: "refused", ...fields, ...ids }]],
  ["off", []],
])("LOG-1: with LOG_LEVEL %s a line is %j", (level, expected) => {
  logLine(level === undefined ? {} : { LOG_LEVEL: level }, "refused", fields, ids);
  expect(write.mock.calls.map(([line]) => JSON.parse(line))).toEqual(expected);
});

test("LOG-1: whatever an id holds, a line is one line, and can be read back", () => {
  for (const id of ["a\r\nb", 'a","event":"forged', "a\u2028b", "a\u0000b", "a\u001b[31m", "\ud800"]) {
    logLine({ LOG_LEVEL: "debug" }, "refused", {}, { id });
    const line = write.mock.lastCall?.[0] as string;
    expect([...line].filter((letter) => letter < " ")).toEqual([]);
    expect(JSON.parse(line)).toEqual({ event: "refused", id });
  }
});
