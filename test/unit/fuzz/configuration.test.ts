import fc from "fast-check";
import { expect, test } from "vitest";
import { readSecrets } from "../../../src/auth/secrets.ts";
import { readRules, ruleFor } from "../../../src/channel-rules.ts";
import { resolveConfig, SETTINGS, type SettingName, VARIABLES } from "../../../src/config.ts";
import { ALL_OPERATIONS, OPERATIONS } from "../../../src/protocol/operations.ts";
import { settingsOf } from "../../../src/settings.ts";
import { anyText } from "../../support/any-text.ts";
import { holds } from "../../support/property.ts";

const sentence = /^[A-Z"][^\n]*[.:]/;
const number = fc.oneof(
  fc.nat().map(String),
  fc.bigInt().map(String),
  fc.double().map(String),
  anyText,
  fc.constantFrom("", "0", "1e9", "0x10", " 7 "),
);

test("CONFIG-1 whatever the settings are, each is in its range, and what is wrong is a sentence that names it", () => {
  const names = Object.keys(SETTINGS) as SettingName[];
  holds(
    fc.property(fc.dictionary(fc.constantFrom(...names, "__proto__", "OTHER"), number, { maxKeys: 6 }), (given) => {
      const { config, problems } = resolveConfig(given);
      for (const name of names) {
        const { min, max } = SETTINGS[name];
        expect(Number.isSafeInteger(config[name]) && config[name] >= min && config[name] <= max).toBe(true);
        const own = Object.hasOwn(given, name) ? given[name] : undefined;
        const isTaken = own === undefined || own === "" || String(config[name]) === own;
        if (!isTaken) expect(problems.some((problem) => problem.startsWith(`${name} `))).toBe(true);
      }
      for (const problem of problems) expect(problem).toMatch(sentence);
    }),
    1000,
  );
});

const rule = fc.record(
  {
    match: fc.oneof(fc.constantFrom("room:*", "*", "user:a", "room:a*b", "", "relay:x"), anyText, fc.jsonValue()),
    anonymous: fc.oneof(fc.array(fc.constantFrom(...Object.keys(OPERATIONS), "*", "x")), fc.jsonValue()),
    retention: fc.oneof(
      fc.record(
        {
          messages: fc.oneof(fc.integer(), fc.double()),
          age: fc.oneof(fc.constantFrom("1h", "0s", "1e3s", "999999999d"), fc.string()),
          bytes: fc.integer(),
        },
        { requiredKeys: [] },
      ),
      fc.jsonValue(),
    ),
  },
  { requiredKeys: ["match"] },
);
const rules = fc.oneof(
  { weight: 4, arbitrary: fc.array(rule, { maxLength: 4 }).map((value) => JSON.stringify(value)) },
  { weight: 1, arbitrary: fc.json() },
  { weight: 1, arbitrary: anyText },
);

test("RULES-1 RULES-2 RULES-3 whatever CHANNEL_RULES is, each entry is a rule or a sentence, and none makes an admin of anybody", () => {
  holds(
    fc.property(rules, (text) => {
      const { rules, problems } = readRules(text);
      for (const problem of problems) expect(problem).toMatch(/^CHANNEL_RULES[^\n]*\.$/);
      for (const { anonymous, retention } of [...rules, ruleFor(rules, "room:a")]) {
        expect(anonymous & ~(ALL_OPERATIONS & ~OPERATIONS.admin)).toBe(0);
        for (const limit of Object.values(retention)) expect(Number.isSafeInteger(limit) && limit > 0).toBe(true);
      }
    }),
    1000,
  );
});

test("AUTH-8 CONFIG-1 whatever the variables are, they are settings without a secret that is too short, or a sentence", () => {
  const value = fc.oneof(
    anyText,
    fc.constantFrom("", "s".repeat(31), "s".repeat(32), "https://a.example", "http://x:y@b", "*", "on", "debug"),
    rules,
  );
  holds(
    fc.property(fc.dictionary(fc.constantFrom(...Object.keys(VARIABLES)), value), (variables) => {
      const settings = settingsOf(variables);
      if ("problem" in settings) {
        expect(settings.problem).toMatch(sentence);
        // It is answered to whoever asks.
        for (const name of ["AUTH_SECRET", "API_KEY"] as const)
          if ((variables[name]?.length ?? 0) > 8) expect(settings.problem).not.toContain(variables[name]);
        return;
      }
      const { signing, apiKey, jwksUrl } = settings.secrets;
      expect(signing.length > 0 || apiKey !== null || jwksUrl !== null).toBe(true);
      for (const secret of [...signing, ...(apiKey === null ? [] : [apiKey])])
        expect(secret.length).toBeGreaterThanOrEqual(32);
      expect("problem" in readSecrets(variables)).toBe(false);
    }),
    1000,
  );
});
