/** What the deployment was given, read and checked once an isolate. */
import { readSecrets, type Secrets } from "./auth/secrets.ts";
import { type ChannelRule, readRules } from "./channel-rules.ts";
import { type Config, resolveConfig, type Variables } from "./config.ts";
import { LOG_LEVELS } from "./logging.ts";

export interface Settings {
  readonly config: Config;
  readonly rules: readonly ChannelRule[];
  readonly secrets: Secrets;
}

/** By the variables, which are one object for the life of an isolate. */
const cache = new WeakMap<object, Settings | { readonly problem: string }>();

/** The settings, or sentences that say what is wrong with them and what to do. */
export function settingsOf(variables: Variables): Settings | { readonly problem: string } {
  let known = cache.get(variables);
  if (known === undefined) {
    known = read(variables);
    cache.set(variables, known);
  }
  return known;
}

function read(variables: Variables): Settings | { problem: string } {
  const { config, problems } = resolveConfig(variables);
  const { rules, problems: broken } = readRules(variables.CHANNEL_RULES);
  const secrets = readSecrets(variables);
  const level = variables.LOG_LEVEL;
  if (level && !LOG_LEVELS.some((known) => known === level))
    problems.push(`LOG_LEVEL must be ${LOG_LEVELS.join(", ")}.`);
  if (variables.DEMO && variables.DEMO !== "on") problems.push("DEMO must be on, or empty.");
  if (variables.DEMO_PLUG && !/^http:\/\/127\.0\.0\.1:\d+\/[^#]*#[\w-]+$/.test(variables.DEMO_PLUG))
    problems.push("DEMO_PLUG must be an address of 127.0.0.1 with a token behind #.");
  if (variables.RELAY_REGIONS && variables.RELAY_REGIONS !== "by user")
    problems.push("RELAY_REGIONS must be `by user`, or empty.");
  problems.push(...originProblems(variables.ALLOWED_ORIGINS));
  const all = [...problems, ...broken, ...("problem" in secrets ? [secrets.problem] : [])];
  return "problem" in secrets || all.length > 0 ? { problem: all.join(" ") } : { config, rules, secrets };
}

/** Origins are compared letter by letter: one that no browser sends would allow nobody, and say nothing. */
function originProblems(text = ""): string[] {
  const entries = text.split(",").map((entry) => entry.trim());
  // Those of apps in a shell and of browser extensions are origins too, though no URL has them.
  const isOther = (entry: string) => /^[a-z][a-z0-9+.-]*:\/\/[a-z0-9.-]+$/.test(entry) && !entry.startsWith("http");
  const isOrigin = (entry: string) =>
    isOther(entry) || (URL.canParse(entry) && new URL(entry).origin === entry && !entry.includes("*"));
  if (text.trim() === "" || text.trim() === "*" || entries.every(isOrigin)) return [];
  return ['ALLOWED_ORIGINS must be origins, "https://app.example.com", separated by commas, or * alone.'];
}
