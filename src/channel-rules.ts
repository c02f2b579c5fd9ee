/**
 * `CHANNEL_RULES`: what holds for channels by the pattern of their address. A JSON array, of which the first entry that
 * matches counts: `[{"match":"room:public-*","anonymous":["subscribe"],"retention":{"messages":1000,"age":"1h"}}]`.
 * (SPEC RULES-1 to RULES-3)
 */
import { SETTINGS } from "./config.ts";
import { isObject, parseJson } from "./protocol/json.ts";
import { matchesPattern, NO_OPERATIONS, type Operations, operationsOf } from "./protocol/operations.ts";

export interface ChannelRule {
  readonly match: string;
  /** What anybody may do there, without a token. */
  readonly anonymous: Operations;
  /** Where it differs from the settings. `age` in ms. */
  readonly retention: { readonly messages?: number; readonly age?: number; readonly bytes?: number };
}

const NO_RULE: ChannelRule = { match: "*", anonymous: NO_OPERATIONS, retention: {} };
const PATTERN = /^((room|user):[A-Za-z0-9\-_.~:@|+=]*\*?|\*)$/;
const DURATION = /^([1-9][0-9]{0,8})(s|m|h|d)$/;
const UNITS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** The rules in `text`, or a sentence for each thing wrong with them. */
export function readRules(text: string | undefined): { rules: readonly ChannelRule[]; problems: string[] } {
  if (text === undefined || text.trim() === "") return { rules: [], problems: [] };
  const entries = parseJson(text);
  if (!Array.isArray(entries)) return { rules: [], problems: ["CHANNEL_RULES must be a JSON array of rules."] };
  const rules: ChannelRule[] = [];
  const problems: string[] = [];
  for (const [index, entry] of entries.entries()) {
    const rule = readRule(entry);
    if (typeof rule === "string") problems.push(`CHANNEL_RULES, entry ${index + 1}: ${rule}`);
    else rules.push(rule);
  }
  return { rules, problems };
}

/** The rule that counts for a channel. */
export function ruleFor(rules: readonly ChannelRule[], address: string): ChannelRule {
  return rules.find(({ match }) => matchesPattern(match, address)) ?? NO_RULE;
}

function readRule(entry: unknown): ChannelRule | string {
  if (!isObject(entry)) return "a rule is an object.";
  const { match, anonymous = [], retention = {} } = entry;
  if (typeof match !== "string" || !PATTERN.test(match))
    return '"match" must be an address, a prefix of one that ends in *, or *.';
  const names: readonly unknown[] = Array.isArray(anonymous) ? anonymous : ["none"];
  const operations = operationsOf(names);
  if (operations === null || names.includes("admin") || names.includes("*"))
    return '"anonymous" must be a list of subscribe, history, publish, signal, presence.';
  const kept = readRetention(retention);
  return typeof kept === "string" ? kept : { match, anonymous: operations, retention: kept };
}

function readRetention(value: unknown): ChannelRule["retention"] | string {
  if (!isObject(value)) return '"retention" must be an object.';
  const { messages, age, bytes } = value;
  const duration = DURATION.exec(typeof age === "string" ? age : "");
  if (age !== undefined && duration === null) return '"retention.age" must be a whole number with s, m, h or d: "1h".';
  const ms = duration === null ? undefined : Number(duration[1]) * UNITS[duration[2] as keyof typeof UNITS];
  for (const [name, limit, { min, max }] of [
    ["messages", messages, SETTINGS.RETAIN_MESSAGES],
    ["bytes", bytes, SETTINGS.RETAIN_BYTES],
    ["age", ms, SETTINGS.RETAIN_AGE],
  ] as const)
    if (limit !== undefined && !(Number.isSafeInteger(limit) && (limit as number) >= min && (limit as number) <= max))
      return `"retention.${name}" must be a whole number from ${min} to ${max}${name === "age" ? " ms" : ""}.`;
  return {
    ...(messages === undefined ? {} : { messages: messages as number }),
    ...(bytes === undefined ? {} : { bytes: bytes as number }),
    ...(ms === undefined ? {} : { age: ms }),
  };
}
