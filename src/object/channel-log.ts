import { type ChannelRule, ruleFor } from "../channel-rules.ts";
import type { Config } from "../config.ts";
import { epochFrom } from "../protocol/cursor.ts";
import { Log } from "../storage/log.ts";
import type { Sql } from "../storage/sql.ts";

/** The log of the channel of that address, which keeps what the settings and the rules say. (SPEC RETAIN-1, RULES-3) */
export function channelLog(
  address: string,
  { config, rules }: { readonly config: Config; readonly rules: readonly ChannelRule[] },
  sql: Sql,
  tables: ReadonlySet<string>,
  newEpoch = randomEpoch,
): Log {
  const { retention } = ruleFor(rules, address);
  const keepFor = address.startsWith("user:") ? config.USER_RETAIN_AGE : config.RETAIN_AGE;
  const { messages = config.RETAIN_MESSAGES, age = keepFor, bytes = config.RETAIN_BYTES } = retention;
  return new Log(sql, { messages, age, bytes }, newEpoch, tables);
}

function randomEpoch(): string {
  return epochFrom(crypto.getRandomValues(new Uint8Array(12)));
}
