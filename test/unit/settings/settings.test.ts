import { describe, expect, test } from "vitest";
import { SETTINGS, type Setting, type Variables } from "../../../src/config.ts";
import { settingsOf } from "../../../src/settings.ts";

const secret = "0123456789abcdef0123456789abcdef";
const short = "only-16-bytes-xx";
type Given = Variables & Record<string, string>;

/** What is wrong with variables that are otherwise in order; null: nothing. */
function problemWith(given: object): string | null {
  const settings = settingsOf({ AUTH_SECRET: secret, ...given });
  return "problem" in settings ? settings.problem : null;
}

describe("credentials", () => {
  test("AUTH-8: with none the sentence says what could be set", () => {
    for (const given of [
      {},
      { AUTH_SECRET: "" },
      { AUTH_SECRET: " , " },
      { API_KEY: "", AUTH_JWKS_URL: "" },
    ] as Given[]) {
      const settings = settingsOf(given);
      expect(settings).toMatchObject({ problem: expect.stringMatching(/AUTH_SECRET.*AUTH_JWKS_URL.*API_KEY/) });
    }
  });

  test.each<[string, Given]>([
    ["AUTH_SECRET", { AUTH_SECRET: short }],
    ["AUTH_SECRET", { AUTH_SECRET: `${secret},${short}` }],
    ["AUTH_SECRET", { AUTH_SECRET: `${short} , ${secret}`, API_KEY: secret }],
    ["AUTH_SECRET", { AUTH_SECRET: secret.slice(1) }],
    ["API_KEY", { AUTH_SECRET: secret, API_KEY: short }],
    ["API_KEY", { API_KEY: secret.slice(1) }],
    ["API_KEY", { API_KEY: short, AUTH_JWKS_URL: "https://id.example.com/jwks" }],
  ])("AUTH-8: a %s that is too short is a sentence without it", (name, given) => {
    const settings = settingsOf(given);
    if (!("problem" in settings)) throw new Error("taken");
    expect(settings.problem).toMatch(new RegExp(`^${name} .*32 bytes`));
    expect(settings.problem).not.toContain(short);
  });

  test("AUTH-8: 32 bytes are enough, in however many characters", () => {
    for (const given of [{ AUTH_SECRET: secret }, { API_KEY: secret }, { API_KEY: "é".repeat(16) }] as Given[])
      expect(settingsOf(given)).not.toHaveProperty("problem");
    expect(settingsOf({ AUTH_SECRET: ` ${secret} ,${secret}x,` })).toMatchObject({
      secrets: { signing: { length: 2 } },
    });
  });

  test.each([
    "http://id.example.com/jwks",
    "http://localhost.example.com/jwks",
    "http://127.0.0.1.example.com/jwks",
    "http://127.0.0.2/jwks",
    "ftp://id.example.com/jwks",
    "file:///etc/jwks",
    "data:application/json,{}",
    "//id.example.com/jwks",
    "id.example.com/jwks",
    "https://",
    "keys",
  ])("AUTH-10 CONFIG-1: AUTH_JWKS_URL may not be %s", (url) => {
    expect(problemWith({ AUTH_JWKS_URL: url })).toMatch(/^AUTH_JWKS_URL .*https/);
  });

  test.each(["https://id.example.com/jwks", "http://localhost:8080/jwks", "http://127.0.0.1:1/", "http://[::1]:1/k"])(
    "AUTH-10: AUTH_JWKS_URL may be %s",
    (url) => {
      expect(problemWith({ AUTH_JWKS_URL: url })).toBeNull();
    },
  );

  test("AUTH-10 CONFIG-1: AUTH_JWKS_URL may not hold a password, with which no request can be made", () => {
    expect(problemWith({ AUTH_JWKS_URL: "https://me:secret@id.example.com/jwks" })).toMatch(/^AUTH_JWKS_URL /);
  });
});

describe("numbers", () => {
  const all = Object.entries(SETTINGS) as [string, Setting][];

  test.each(all)(
    "CONFIG-1: a wrong %s is a sentence with its range, its unit and what it is",
    (name, { min, max, unit }) => {
      const wrong = [min - 1, max + 1, -1, 1.5, "1e3", "0x10", "ten", " 7", "7 ", "07", "+7", "NaN", "Infinity", "１"];
      for (const value of wrong) {
        const problem = problemWith({ [name]: String(value) });
        expect(problem, String(value)).toMatch(new RegExp(`^${name} must be .*${min} to ${max}.*${unit}.*\\.$`));
      }
    },
  );

  test.each(all)("CONFIG-1: %s may be empty, which is its default", (name) => {
    expect(problemWith({ [name]: "" })).toBeNull();
  });

  test("CONFIG-1: all that is wrong is said at once", () => {
    const given = { FRAME_BYTES: "x", URL_BYTES: "1", LOG_LEVEL: "loud", CHANNEL_RULES: "{", API_KEY: short };
    const problem = problemWith(given);
    for (const name of Object.keys(given)) expect(problem).toContain(name);
  });

  test.each<[RegExp, object]>([
    [/HEARTBEAT_TIMEOUT.*HEARTBEAT_EVERY/, { HEARTBEAT_TIMEOUT: "59999" }],
    [/NO_HEARTBEAT_TIMEOUT.*HEARTBEAT_TIMEOUT/, { NO_HEARTBEAT_TIMEOUT: "99999" }],
    [/FRAME_BYTES.*MESSAGE_DATA_BYTES/, { FRAME_BYTES: "65536" }],
    [/BODY_BYTES.*MESSAGE_DATA_BYTES/, { BODY_BYTES: "65536" }],
    [/PENDING_BYTES.*BODY_BYTES/, { PENDING_BYTES: "1048576" }],
  ])("CONFIG-1: what does not fit together is %s", (sentence, given) => {
    expect(problemWith(given)).toMatch(sentence);
  });
});

describe("words", () => {
  test.each(["Info", "DEBUG", "all", "0", "true"])("CONFIG-1: LOG_LEVEL may not be %s", (LOG_LEVEL) => {
    expect(problemWith({ LOG_LEVEL })).toMatch(/^LOG_LEVEL must be .*info.*debug/);
  });

  test.each(["off", "info", "debug", ""])("CONFIG-1: LOG_LEVEL may be %j", (LOG_LEVEL) => {
    expect(problemWith({ LOG_LEVEL })).toBeNull();
  });

  test.each(["by User", "on", "weur"])("CONFIG-1: RELAY_REGIONS may not be %s", (RELAY_REGIONS) => {
    expect(problemWith({ RELAY_REGIONS })).toBe("RELAY_REGIONS must be `by user`, or empty.");
  });

  test.each(["by user", ""])("CONFIG-1: RELAY_REGIONS may be %j", (RELAY_REGIONS) => {
    expect(problemWith({ RELAY_REGIONS })).toBeNull();
  });

  test.each([
    "*,https://app.example.com",
    "https://app.example.com,*",
    "https://app.example.com/",
    "https://app.example.com/path",
    "https://*.example.com",
    "HTTPS://APP.example.com",
    "app.example.com",
    "https://app.example.com;https://b.example.com",
    "null",
  ])(
    "CONFIG-1 ORIGIN-1: ALLOWED_ORIGINS may not be %s, which would allow nobody and say nothing",
    (ALLOWED_ORIGINS) => {
      expect(problemWith({ ALLOWED_ORIGINS })).toMatch(/^ALLOWED_ORIGINS /);
    },
  );

  test.each([
    "",
    "*",
    "https://app.example.com",
    "https://a.example,http://localhost:5173",
    " https://a.example , http://b.example:81 ",
  ])("CONFIG-1 ORIGIN-1: ALLOWED_ORIGINS may be %j", (ALLOWED_ORIGINS) => {
    expect(problemWith({ ALLOWED_ORIGINS })).toBeNull();
  });
});

test("CONFIG-1: settings are read once for the variables of an isolate", () => {
  const variables = { AUTH_SECRET: secret };
  expect(settingsOf(variables)).toBe(settingsOf(variables));
});
