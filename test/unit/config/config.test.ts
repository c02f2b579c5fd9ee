import { expect, test } from "vitest";
import { beatOf, type Config, resolveConfig, SETTINGS, type Setting, type SettingName } from "../../../src/config.ts";

const ALL = Object.entries(SETTINGS) as [SettingName, Setting][];
const DEFAULTS = Object.fromEntries(ALL.map(([name, { default: value }]) => [name, value])) as Config;

test("CONFIG-1 with nothing said the defaults hold, and they fit together", () => {
  expect(resolveConfig({})).toEqual({ config: DEFAULTS, problems: [] });
});

test("CONFIG-1 the defaults are the contract's", () => {
  expect(DEFAULTS).toMatchObject({
    MESSAGE_DATA_BYTES: 65_536,
    FRAME_BYTES: 131_072,
    BODY_BYTES: 1_048_576,
    MEMBER_DATA_BYTES: 1024,
    TOKEN_BYTES: 8192,
    URL_BYTES: 8192,
    RETAIN_MESSAGES: 10_000,
    RETAIN_AGE: 86_400_000,
    RETAIN_BYTES: 67_108_864,
    PUBLISH_RATE: 50,
    PUBLISH_BURST: 100,
    SIGNAL_RATE: 100,
    ERRORS_PER_MINUTE: 100,
    MALFORMED_IN_A_ROW: 20,
    PENDING_BYTES: 4_194_304,
    PENDING_MESSAGES: 4096,
    CONNECTIONS: 10_000,
    CONNECTIONS_PER_USER: 20,
    UNSENT_BYTES: 1_048_576,
    UNSENT_BYTES_TOTAL: 33_554_432,
    HEARTBEAT_EVERY: 30_000,
    HEARTBEAT_TIMEOUT: 100_000,
    NO_HEARTBEAT_TIMEOUT: 600_000,
    PRESENCE_GRACE: 10_000,
    POLL_GRACE: 30_000,
    DEPARTURE_DELAY: 1000,
    STREAM_COMMENT_EVERY: 15_000,
    STREAM_AGE: 1_800_000,
    PRESENCE_SWEEP: 60_000,
    PRESENCE_COLLECT_ABOVE: 20,
    PRESENCE_COLLECT_FOR: 1000,
    DENIED_PER_MINUTE: 600,
  });
});

test.each(ALL)(
  "CONFIG-1 %s: below and above its range is a sentence that says the range",
  (name, { min, max, unit }) => {
    for (const value of [min - 1, max + 1]) {
      const { config, problems } = resolveConfig({ [name]: String(value) });
      const sentence = new RegExp(`^${name} must be a whole number from ${min} to ${max} \\(${unit}: .+\\)\\.$`);
      expect(problems).toEqual([expect.stringMatching(sentence)]);
      expect(config[name]).toBe(DEFAULTS[name]);
    }
  },
);

test.each(ALL)("CONFIG-1 %s: the ends of its range are within it", (name, { min, max }) => {
  for (const value of [min, max]) {
    const { config, problems } = resolveConfig({ [name]: String(value) });
    expect(config[name]).toBe(value);
    expect(problems.filter((problem) => problem.startsWith(`${name} must be a whole number`))).toEqual([]);
  }
});

test.each([
  "-1",
  "+5",
  "1.5",
  "1e3",
  "0x10",
  "007",
  " 5",
  "5 ",
  "5,000",
  "ten",
  "NaN",
  "Infinity",
  "５",
  "9".repeat(17),
])("CONFIG-1 %j is no whole number", (text) => {
  expect(resolveConfig({ PUBLISH_RATE: text }).problems.length).toBe(1);
});

test("CONFIG-1 a variable may be a number, and an empty one is as if it were not there", () => {
  expect(resolveConfig({ PUBLISH_RATE: 7 })).toEqual({ config: { ...DEFAULTS, PUBLISH_RATE: 7 }, problems: [] });
  expect(resolveConfig({ PUBLISH_RATE: "" })).toEqual({ config: DEFAULTS, problems: [] });
  expect(resolveConfig({ PUBLISH_RATE: undefined, OTHER: "x" })).toEqual({ config: DEFAULTS, problems: [] });
});

test("CONFIG-1 everything that is wrong is said at once", () => {
  const { problems } = resolveConfig({ PUBLISH_RATE: "x", RETAIN_AGE: "0", PRESENCE_GRACE: "-1" });
  expect(problems.map((problem) => problem.split(" ")[0])).toEqual(["RETAIN_AGE", "PUBLISH_RATE", "PRESENCE_GRACE"]);
});

test.each<[string, Partial<Record<SettingName, number>>, boolean]>([
  ["HEARTBEAT_TIMEOUT must be at least twice", { HEARTBEAT_EVERY: 50_001 }, false],
  ["HEARTBEAT_TIMEOUT must be at least twice", { HEARTBEAT_EVERY: 50_000 }, true],
  ["NO_HEARTBEAT_TIMEOUT must not be below", { NO_HEARTBEAT_TIMEOUT: 99_999 }, false],
  ["NO_HEARTBEAT_TIMEOUT must not be below", { NO_HEARTBEAT_TIMEOUT: 100_000 }, true],
  ["FRAME_BYTES must be above", { FRAME_BYTES: 65_536 }, false],
  ["FRAME_BYTES must be above", { FRAME_BYTES: 65_537 }, true],
  ["BODY_BYTES must be above", { BODY_BYTES: 65_536 }, false],
  ["BODY_BYTES must be above", { BODY_BYTES: 65_537 }, true],
  ["PENDING_BYTES must be above", { PENDING_BYTES: 1_048_576 }, false],
  ["PENDING_BYTES must be above", { PENDING_BYTES: 1_048_577 }, true],
])("CONFIG-1 %s …: %j is right: %s", (advice, variables, right) => {
  const { problems } = resolveConfig(variables);
  expect(problems).toEqual(right ? [] : [expect.stringContaining(advice)]);
});

test("CONFIG-1 two relations that are broken by one setting are both said", () => {
  const { problems } = resolveConfig({
    HEARTBEAT_TIMEOUT: 50_000,
    HEARTBEAT_EVERY: 26_000,
    NO_HEARTBEAT_TIMEOUT: 49_000,
  });
  expect(problems.map((problem) => problem.split(" must ")[0])).toEqual(["HEARTBEAT_TIMEOUT", "NO_HEARTBEAT_TIMEOUT"]);
});

test("SSE-4 HEART-2 the edge beats for its readers with every comment, and often enough for any timeout", () => {
  const beat = (settings: object) => beatOf(resolveConfig(settings).config);
  expect(beat({})).toBe(15_000);
  expect(beat({ STREAM_COMMENT_EVERY: 1000 })).toBe(1000);
  expect(beat({ HEARTBEAT_EVERY: 5000, HEARTBEAT_TIMEOUT: 12_000, NO_HEARTBEAT_TIMEOUT: 12_000 })).toBe(6000);
});

test("CONFIG-1 every setting says what it is, and what 0 means where it means more than none", () => {
  for (const [name, { about, zero, min, default: value, max }] of ALL) {
    expect(about.length, name).toBeGreaterThan(5);
    expect(value >= min && value <= max, name).toBe(true);
    if (name.endsWith("_RATE")) expect(zero, name).toBe("no limit");
  }
});
