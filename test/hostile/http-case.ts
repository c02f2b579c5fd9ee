import type { RawRequest } from "../support/raw-http.ts";

/** One request that is wrong, and the problem that is to be said of it. */
export interface HttpCase {
  readonly what: string;
  readonly request: RawRequest;
  readonly status: number;
  readonly code: string;
}

/** Stands in what is sent, and must not come back. */
export const ECHO = "echo-of-the-input";

/** The room of the test goes where ROOM stands, in a path or a body. */
export const room = "/v1/rooms/ROOM";
export const messages = `${room}/messages`;
export const json = "Content-Type: application/json";

export type Body = string | Uint8Array;

/** Its length is said where it is sent, once the room stands in it. */
export function withBody(path: string, body: Body, headers: string[] = [json], method = "POST"): RawRequest {
  return { method, path, headers, body: [body] };
}

export function get(path: string, headers: string[] = [], method = "GET"): RawRequest {
  return { method, path, headers };
}

export function bad(what: string, request: RawRequest, code = "bad_request", status = 400): HttpCase {
  return { what, request, status, code };
}

/** As text, cut to what a line of a report can hold; of what is cut the length is said. */
export function shown(value: unknown): string {
  const text = String(JSON.stringify(value));
  return text.length <= 40 ? text : `${text.slice(0, 30)}… (${text.length})`;
}

/** Texts that are no room's and no user's id. */
export const NO_IDS: readonly string[] = [
  ...[
    "",
    ".",
    "..",
    " ",
    "a b",
    " a",
    "a ",
    "a/b",
    "../b",
    "a\\b",
    "a%b",
    "%41",
    "a?b",
    "a#b",
    "a,b",
    "a;b",
    "a&b",
    "a!b",
  ],
  ...[
    "a$b",
    "a*b",
    "a(b)",
    "a'b",
    'a"b',
    "a`b",
    "a^b",
    "a<b>",
    "{}",
    "[a]",
    "é",
    "ａ",
    "аlice",
    "日本",
    "a\u200bb",
    "\u202ea",
  ],
  ...[
    "\ufeffa",
    "\u0000",
    "a\u0000",
    "a\tb",
    "a\vb",
    "a\u007fb",
    "a\n",
    "a\r\nb",
    "\u2028",
    "𝒶",
    "x".repeat(129),
    "x".repeat(5000),
  ],
  `${ECHO}/`,
];

/** Texts that are no cursor. */
export const NO_CURSORS: readonly string[] = [
  ...["", " ", "x", "5", "-5", "-1", "_-_", "null", "k3f9x2ab", "k3f9x2ab-", "-k3f9x2ab", "k3f9x2ab--1", "k3f9x2ab-+1"],
  ...["k3f9x2ab-00", "k3f9x2ab-01", "k3f9x2ab-1.0", "k3f9x2ab-1e3", "k3f9x2ab-0x1", "k3f9x2ab-1_0", "k3f9x2ab-1n"],
  ...["k3f9x2ab-NaN", "k3f9x2ab-Infinity", "k3f9x2ab-９", "k3f9x2ab-١", "k3f9x2ab-1 ", " k3f9x2ab-1", "k3f9x2ab-1\n"],
  ...["k3f9x2ab-1\u0000", "k3f9x2ab-1-2", "k3f9x2ab-1,k3f9x2ab-2", "k3f9x2ab_1", "k3f9x2ab–1", "K3F9X2AB-1", "k3f9-1"],
  ...["k3f9x2abk3f9x2abk-1", "__proto__-1", "éééééééé-1", "../../..-1", "%6B3f9x2ab-1", "k3f9x2ab%2D1"],
  ...["k3f9x2ab-9007199254740992", "k3f9x2ab-18446744073709551616", `k3f9x2ab-${"9".repeat(400)}`, `${ECHO}-x`],
];

/** Texts that are no whole number. */
export const NO_NUMBERS: readonly string[] = [
  ...[
    "",
    " ",
    "-1",
    "-0",
    "+1",
    " 1",
    "1 ",
    "1\n",
    "1.5",
    "1.0",
    ".1",
    "1.",
    "1e2",
    "1e9",
    "1e309",
    "0x10",
    "0b1",
    "0o7",
  ],
  ...[
    "01",
    "00",
    "1_0",
    "1,0",
    "１",
    "١",
    "½",
    "null",
    "NaN",
    "Infinity",
    "ten",
    "[1]",
    "1;1",
    "1\u0000",
    "9".repeat(400),
  ],
];

/** Some of them, for a place that reads such texts as another does which gets all. */
export const some = <Text>(all: readonly Text[]): Text[] => all.filter((_, index) => index % 6 === 1);
