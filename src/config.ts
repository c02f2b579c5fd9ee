/**
 * Every limit and interval: one table with unit, default and the meaning of zero, and one resolver that checks what
 * the deployment's variables say. The values are the contract's defaults (SPEC, "Limits").
 */

const KiB = 1024;
const MiB = 1024 * KiB;
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

export interface Setting {
  readonly unit:
    | "bytes"
    | "ms"
    | "messages"
    | "per second"
    | "per minute"
    | "connections"
    | "frames"
    | "members"
    | "channels";
  readonly default: number;
  readonly min: number;
  readonly max: number;
  readonly about: string;
  /** What 0 means, where it is allowed and means more than "none". */
  readonly zero?: string;
}

/** By the name of the deployment's variable. */
export const SETTINGS = {
  MESSAGE_DATA_BYTES: { unit: "bytes", default: 64 * KiB, min: 1, max: MiB, about: "data of one message, as JSON" },
  FRAME_BYTES: { unit: "bytes", default: 128 * KiB, min: KiB, max: 2 * MiB, about: "one frame from a client" },
  BODY_BYTES: { unit: "bytes", default: MiB, min: KiB, max: 16 * MiB, about: "body of an HTTP request" },
  MEMBER_DATA_BYTES: { unit: "bytes", default: KiB, min: 1, max: 16 * KiB, about: "what a member says of themselves" },
  TOKEN_BYTES: { unit: "bytes", default: 8 * KiB, min: 256, max: 16 * KiB, about: "a token" },
  URL_BYTES: { unit: "bytes", default: 8 * KiB, min: 256, max: 64 * KiB, about: "a request's URL" },
  RETAIN_MESSAGES: { unit: "messages", default: 10_000, min: 1, max: 1_000_000, about: "kept of a room, by count" },
  RETAIN_AGE: { unit: "ms", default: 24 * HOUR, min: SECOND, max: 366 * 24 * HOUR, about: "kept of a room, by age" },
  RETAIN_BYTES: { unit: "bytes", default: 64 * MiB, min: KiB, max: 4096 * MiB, about: "kept of a room, by size" },
  USER_RETAIN_AGE: {
    unit: "ms",
    default: 30 * 24 * HOUR,
    min: SECOND,
    max: 366 * 24 * HOUR,
    about: "kept of a user's inbox, by age",
  },
  PUBLISH_RATE: {
    unit: "per second",
    default: 50,
    min: 0,
    max: 100_000,
    about: "messages of one connection (over HTTP: of one user in one channel)",
    zero: "no limit",
  },
  PUBLISH_BURST: { unit: "messages", default: 100, min: 1, max: 100_000, about: "messages at once above that rate" },
  SIGNAL_RATE: {
    unit: "per second",
    default: 100,
    min: 0,
    max: 100_000,
    about: "signals of one connection (over HTTP: of one user in one channel)",
    zero: "no limit",
  },
  ERRORS_PER_MINUTE: { unit: "frames", default: 100, min: 1, max: 100_000, about: "error frames before a close, 4429" },
  MALFORMED_IN_A_ROW: { unit: "frames", default: 20, min: 1, max: 1000, about: "faulty frames before a close, 4400" },
  PENDING_BYTES: { unit: "bytes", default: 4 * MiB, min: MiB, max: 32 * MiB, about: "not yet written in a channel" },
  PENDING_MESSAGES: { unit: "messages", default: 4096, min: 100, max: 100_000, about: "not yet written in a channel" },
  CONNECTIONS: { unit: "connections", default: 10_000, min: 1, max: 32_768, about: "of one channel" },
  RELAY_ABOVE: {
    unit: "connections",
    default: 2000,
    min: 0,
    max: 32_768,
    about: "held by a room's own object; above that new ones are held by relays near their clients",
  },
  RELAY_CONNECTIONS: { unit: "connections", default: 2500, min: 1, max: 32_768, about: "of one relay" },
  CONNECTIONS_PER_USER: { unit: "connections", default: 20, min: 1, max: 32_768, about: "of one user to one channel" },
  SUBSCRIPTIONS: { unit: "channels", default: 200, min: 0, max: 200, about: "of one connection to one's own user" },
  UNSENT_BYTES: { unit: "bytes", default: MiB, min: 64 * KiB, max: 32 * MiB, about: "a reader may lag behind by" },
  UNSENT_BYTES_TOTAL: { unit: "bytes", default: 32 * MiB, min: MiB, max: 96 * MiB, about: "all readers of a channel" },
  HEARTBEAT_EVERY: { unit: "ms", default: 30 * SECOND, min: SECOND, max: 10 * MINUTE, about: "clients send a ping" },
  HEARTBEAT_TIMEOUT: {
    unit: "ms",
    default: 100 * SECOND,
    min: 2 * SECOND,
    max: HOUR,
    about: "without a sign of life until a connection counts as dead",
  },
  NO_HEARTBEAT_TIMEOUT: {
    unit: "ms",
    default: 10 * MINUTE,
    min: 2 * SECOND,
    max: 24 * HOUR,
    about: "the same for a connection that never sent a ping",
  },
  PRESENCE_GRACE: {
    unit: "ms",
    default: 10 * SECOND,
    min: 0,
    max: HOUR,
    about: "to come back after a broken connection",
  },
  POLL_GRACE: {
    unit: "ms",
    default: 30 * SECOND,
    min: 0,
    max: HOUR,
    about: "the same between two long polls",
  },
  DEPARTURE_DELAY: {
    unit: "ms",
    default: SECOND,
    min: 0,
    max: MINUTE,
    about: "until a user's own object is told that they have left a channel: who polls is back by then",
  },
  STREAM_COMMENT_EVERY: {
    unit: "ms",
    default: 15 * SECOND,
    min: SECOND,
    max: MINUTE,
    about: "a sign of life on an event stream, for whatever is between",
  },
  STREAM_AGE: {
    unit: "ms",
    default: 30 * MINUTE,
    min: SECOND,
    max: HOUR,
    about: "an event stream, then it comes back",
  },
  PRESENCE_SWEEP: {
    unit: "ms",
    default: MINUTE,
    min: SECOND,
    max: HOUR,
    about: "between looks for the dead, if watched",
  },
  PRESENCE_COLLECT_ABOVE: {
    unit: "members",
    default: 20,
    min: 0,
    max: 32_768,
    about: "watchers, then changes are collected",
  },
  PRESENCE_SHARED: {
    unit: "members",
    default: 10_000,
    min: 0,
    max: 100_000,
    about: "of a room with relays that each of them knows by name; above that watchers are told their number only",
  },
  DENIED_PER_MINUTE: {
    unit: "per minute",
    default: 600,
    min: 0,
    max: 1_000_000,
    about: "denied requests (401, 403) of one address, in one Worker instance",
    zero: "no limit",
  },
  PRESENCE_COLLECT_FOR: { unit: "ms", default: SECOND, min: 0, max: MINUTE, about: "changes are collected" },
} as const satisfies Record<string, Setting>;

/** The other variables: texts, each checked where it is read. `secret`: set with `wrangler secret put`. */
export const VARIABLES = {
  AUTH_SECRET: {
    secret: true,
    about: "signs users' tokens (HS256); several, separated by commas, while rotating; at least 32 bytes each",
  },
  API_KEY: { secret: true, about: "a server's own key, which may do everything; at least 32 bytes" },
  AUTH_JWKS_URL: { secret: false, about: "where the public keys for ES256, RS256 and EdDSA tokens are (a JWK set)" },
  AUTH_ISSUER: { secret: false, about: "what a token's `iss` must be, if it is set" },
  AUTH_AUDIENCE: { secret: false, about: "what a token's `aud` must be or hold, if it is set" },
  CHANNEL_RULES: {
    secret: false,
    about: "what holds for channels by pattern: rights of anybody, retention (a JSON array)",
  },
  ALLOWED_ORIGINS: { secret: false, about: "exact origins of browsers, separated by commas; or `*` alone" },
  DEMO: { secret: false, about: "`on`: the page at `/`, with tokens for its visitors' own rooms; `npm start` sets it" },
  DEMO_PLUG: { secret: false, about: "where that page asks for the service to be killed; `npm start` sets it" },
  RELAY_REGIONS: {
    secret: false,
    about: "`by user`: relays are chosen by the user, not by where a client is; only for tests, on the own machine",
  },
  LOG_LEVEL: { secret: false, about: "`info` (the default: a line a refusal or fault), `debug` (with ids), `off`" },
} as const satisfies Record<string, { readonly secret: boolean; readonly about: string }>;

/** The variables as a deployment gives them. */
export type Variables = { readonly [Name in keyof typeof VARIABLES]?: string };

export type SettingName = keyof typeof SETTINGS;
export type Config = Readonly<Record<SettingName, number>>;

/** ms between the heartbeats that the edge sends for whoever reads a stream or polls. */
export function beatOf({ STREAM_COMMENT_EVERY, HEARTBEAT_TIMEOUT }: Config): number {
  return Math.min(STREAM_COMMENT_EVERY, HEARTBEAT_TIMEOUT / 2);
}

/** What does not fit together, whatever the single values are. */
const RELATIONS: readonly { broken: (config: Config) => boolean; advice: string }[] = [
  {
    broken: (config) => config.HEARTBEAT_TIMEOUT < 2 * config.HEARTBEAT_EVERY,
    advice: "HEARTBEAT_TIMEOUT must be at least twice HEARTBEAT_EVERY, or one lost ping ends a connection.",
  },
  {
    broken: (config) => config.NO_HEARTBEAT_TIMEOUT < config.HEARTBEAT_TIMEOUT,
    advice: "NO_HEARTBEAT_TIMEOUT must not be below HEARTBEAT_TIMEOUT.",
  },
  {
    broken: (config) => config.FRAME_BYTES <= config.MESSAGE_DATA_BYTES,
    advice: "FRAME_BYTES must be above MESSAGE_DATA_BYTES, or the largest message cannot be sent.",
  },
  {
    broken: (config) => config.BODY_BYTES <= config.MESSAGE_DATA_BYTES,
    advice: "BODY_BYTES must be above MESSAGE_DATA_BYTES, or the largest message cannot be published over HTTP.",
  },
  {
    broken: (config) => config.PENDING_BYTES <= config.BODY_BYTES,
    advice: "PENDING_BYTES must be above BODY_BYTES, or the largest array can never be published.",
  },
];

const WHOLE_NUMBER = /^(0|[1-9][0-9]{0,15})$/;

/** The configuration that `variables` describe, and a sentence for each thing wrong with it. */
export function resolveConfig(variables: object): { config: Config; problems: string[] } {
  const problems: string[] = [];
  const config = {} as Record<SettingName, number>;
  for (const [name, setting] of Object.entries(SETTINGS) as [SettingName, Setting][]) {
    const given = (variables as Record<string, unknown>)[name];
    config[name] = setting.default;
    if (given === undefined || given === "") continue;
    const value = WHOLE_NUMBER.test(String(given)) ? Number(given) : Number.NaN;
    if (value >= setting.min && value <= setting.max) config[name] = value;
    else
      problems.push(
        `${name} must be a whole number from ${setting.min} to ${setting.max} (${setting.unit}: ${setting.about}).`,
      );
  }
  if (problems.length === 0) for (const { broken, advice } of RELATIONS) if (broken(config)) problems.push(advice);
  return { config, problems };
}
