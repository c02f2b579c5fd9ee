/** What `npm run token` is asked for: pure, so that every mistake has a test. */
import { parseArgs } from "node:util";
import { isGuestId, isId, parseAddress } from "../protocol/address.ts";
import { isObject, parseJson, utf8Length } from "../protocol/json.ts";
import { OPERATIONS, operationsOf } from "../protocol/operations.ts";
import { DEFAULT_TTL, MAX_TTL } from "./mint.mjs";

export const USAGE =
  "usage: npm run -s token -- <user> '<pattern>[=<operation>,…]' … [--ttl 12h] [--info '{\"name\":\"Alice\"}']";

/** Bytes of the claim `info`. (Contract, section 2) */
const MAX_INFO = 1024;
const UNITS: Record<string, number> = { s: 1, m: 60, h: 3600 };

export interface TokenRequest {
  readonly user: string;
  readonly capabilities: Record<string, string[]>;
  /** seconds */
  readonly ttl: number;
  readonly info?: object;
}

/** Reads the arguments after the program's name; throws an Error of one sentence. */
export function readTokenArguments(args: string[]): TokenRequest {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { ttl: { type: "string" }, info: { type: "string" } },
  });
  const [user, ...grants] = positionals;
  if (user === undefined) throw new Error("Say for which user.");
  checkUser(user);
  if (grants.length === 0) throw new Error("Say for which channels, for example 'room:*'.");
  return {
    user,
    capabilities: readGrants(grants),
    ttl: values.ttl === undefined ? DEFAULT_TTL : readTtl(values.ttl),
    ...(values.info === undefined ? {} : { info: readInfo(values.info) }),
  };
}

/** Throws an Error of one sentence if no token can be made for `user`. */
export function checkUser(user: string): void {
  if (!isId(user)) throw new Error("A user is 1 to 128 characters of A-Z a-z 0-9 - _ . ~ : @ | + =.");
  if (user === "server" || isGuestId(user))
    throw new Error(`"server" and "guest-…" are names that the service keeps for itself.`);
}

function readGrants(grants: string[]): Record<string, string[]> {
  const capabilities: Record<string, string[]> = {};
  for (const [pattern, operations] of grants.map(readGrant))
    capabilities[pattern] = [...new Set([...(capabilities[pattern] ?? []), ...operations])];
  return capabilities;
}

function readGrant(text: string): [string, string[]] {
  // The last "=": an id may have one too, and then its operations must be spelled out (room:a=b=*).
  const equals = text.lastIndexOf("=");
  const pattern = equals === -1 ? text : text.slice(0, equals);
  const operations = equals === -1 ? ["*"] : text.slice(equals + 1).split(",");
  if (operationsOf(operations) === null)
    throw new Error(`After "=" come operations, separated by commas: ${Object.keys(OPERATIONS).join(", ")} or *.`);
  if (!isPattern(pattern))
    throw new Error(`A channel is a full address like room:lobby, or ends in *, like 'room:*'; * alone is every one.`);
  return [pattern, operations];
}

/** A full address, or the beginning of one and `*`. */
function isPattern(text: string): boolean {
  if (!text.endsWith("*")) return parseAddress(text) !== null;
  const prefix = text.slice(0, -1);
  return ["room:", "user:"].some((kind) => kind.startsWith(prefix)) || parseAddress(prefix) !== null;
}

function readTtl(text: string): number {
  const [, amount, unit] = /^([1-9]\d{0,5})([smh])$/.exec(text) ?? [];
  const ttl = Number(amount) * (UNITS[unit ?? ""] ?? Number.NaN);
  if (ttl <= MAX_TTL) return ttl;
  throw new Error("--ttl is a number with s, m or h, at most 24h.");
}

function readInfo(text: string): object {
  const info = parseJson(text);
  if (isObject(info) && utf8Length(JSON.stringify(info)) <= MAX_INFO) return info;
  throw new Error(`--info is a JSON object of at most ${MAX_INFO} bytes.`);
}
