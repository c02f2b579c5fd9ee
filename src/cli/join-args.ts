/** What `npm run join` is asked for: pure, so that every mistake has a test. */
import { parseArgs } from "node:util";
import { formatAddress, isId } from "../protocol/address.ts";
import { parseCursor } from "../protocol/cursor.ts";
import { checkUser } from "./token-args.ts";

export const USAGE =
  "usage: npm run join -- <room> <user> [--url http://127.0.0.1:8787] [--token TOKEN] [--rewind 10 | --after CURSOR]";

const DEFAULT_REWIND = 10;
const MAX_REWIND = 1000;

export interface JoinRequest {
  readonly room: string;
  /** null: whoever the token says. */
  readonly user: string | null;
  /** null: the service that `npm start` runs here. */
  readonly url: string | null;
  /** null: sign one. */
  readonly token: string | null;
  readonly rewind: number;
  /** A cursor. */
  readonly after: string | null;
}

/** Reads the arguments after the program's name; throws an Error of one sentence. */
export function readJoinArguments(args: string[]): JoinRequest {
  const option = { type: "string" } as const;
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { url: option, token: option, rewind: option, after: option },
  });
  const [address, user = null, ...rest] = positionals;
  if (address === undefined) throw new Error("Say which room to join.");
  if (rest.length > 0) throw new Error("One room and one user are enough.");
  if (user === null && values.token === undefined) throw new Error("Say who you are, or give a --token.");
  if (user !== null) checkUser(user);
  if (values.rewind !== undefined && values.after !== undefined)
    throw new Error("--rewind and --after exclude each other.");
  return {
    room: readRoom(address),
    user,
    url: values.url === undefined ? null : readUrl(values.url),
    token: values.token === undefined ? null : readToken(values.token),
    rewind: values.rewind === undefined ? DEFAULT_REWIND : readRewind(values.rewind),
    after: values.after === undefined ? null : readCursor(values.after),
  };
}

/** What the token of a chat must allow. */
export function chatCapabilities(room: string): Record<string, string[]> {
  return { [formatAddress({ kind: "room", id: room })]: ["subscribe", "history", "publish", "presence"] };
}

function readRoom(text: string): string {
  // The address, as messages and tokens show it, is understood too.
  const id = text.startsWith("room:") ? text.slice("room:".length) : text;
  if (isId(id)) return id;
  throw new Error("A room is 1 to 128 characters of A-Z a-z 0-9 - _ . ~ : @ | + =.");
}

/** As the SDK wants it. */
function readUrl(text: string): string {
  const url = URL.parse(text);
  if (url !== null && ["http:", "https:", "ws:", "wss:"].includes(url.protocol)) return text.replace(/^ws/i, "http");
  throw new Error("--url is the address of the service, like http://127.0.0.1:8787.");
}

function readToken(text: string): string {
  if (/^[\w-]+\.[\w-]+\.[\w-]+$/.test(text)) return text;
  throw new Error("--token is a JWT, as npm run token prints it.");
}

function readRewind(text: string): number {
  const rewind = /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
  if (rewind <= MAX_REWIND) return rewind;
  throw new Error(`--rewind is a number of messages from 0 to ${MAX_REWIND}.`);
}

function readCursor(text: string): string {
  if (parseCursor(text) !== null) return text;
  throw new Error('--after is a cursor, "<epoch>-<seq>", as the service gave it.');
}
