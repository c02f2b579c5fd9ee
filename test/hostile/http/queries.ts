/** What stands behind the question mark, and in the headers that take its place. */
import {
  bad,
  ECHO,
  get,
  type HttpCase,
  json,
  messages,
  NO_CURSORS,
  NO_IDS,
  NO_NUMBERS,
  room,
  shown,
  some,
  withBody,
} from "../http-case.ts";

const query = (endpoint: string, name: string, value: string) =>
  `${room}/${endpoint}?${name}=${encodeURIComponent(value)}`;
/** Values of the same parameter, one case each. */
const each = (endpoint: string, name: string, values: readonly string[], code?: string) =>
  values.map((value) => bad(`${endpoint}?${name}=${shown(value)}`, get(query(endpoint, name, value)), code));

const numbers: readonly HttpCase[] = [
  ...each("messages", "limit", [...NO_NUMBERS, "0", "1001", "9007199254740992"]),
  ...each("presence", "limit", [...some(NO_NUMBERS), "1001"]),
  ...["from", "to"].flatMap((name) => each("messages", name, [...some(NO_NUMBERS), "9007199254740992"])),
  ...each("poll", "timeout", [...some(NO_NUMBERS), "61", "1000000000"]),
  ...each("events", "rewind", [...some(NO_NUMBERS), "1001"]),
];

const cursors: readonly HttpCase[] = [
  ...each("messages", "after", NO_CURSORS, "bad_cursor"),
  ...each("messages", "before", some(NO_CURSORS), "bad_cursor"),
  ...each("poll", "after", some(NO_CURSORS), "bad_cursor"),
  ...each("events", "after", some(NO_CURSORS), "bad_cursor"),
  // As text of a header: neither line ends nor what is not Latin can stand there.
  ...[
    ...NO_CURSORS.filter((cursor) => /^[!-~]+$/.test(cursor)),
    "\xe9",
    "k3f9x2ab-1, k3f9x2ab-2",
    "x".repeat(5000),
  ].map((id) =>
    bad(`events with Last-Event-ID: ${shown(id)}`, get(`${room}/events`, [`Last-Event-ID: ${id}`]), "bad_cursor"),
  ),
  bad(
    "events with Last-Event-ID twice",
    get(`${room}/events`, ["Last-Event-ID: k3f9x2ab-1", "Last-Event-ID: k3f9x2ab-1"]),
    "bad_cursor",
  ),
];

const words: readonly HttpCase[] = [
  ...each("messages", "order", ["", "ASC", "asc,desc", "up", "0", "asc\0", " asc", ECHO]),
  ...["poll", "events"].flatMap((endpoint) => [
    ...each(endpoint, "presence", ["", "all", "Members", "count,members", "__proto__", ECHO]),
    ...each(endpoint, "member", ["", "true", "01", "2", "-1", "yes"]),
    ...each(endpoint, "echo", ["", "2", "no"]),
    ...each(endpoint, "acks", ["", "single!", "Batch"]),
  ]),
  ...each("poll", "signals", ["", "yes", "2", "true"]),
  ...each("events", "named", ["", "yes", "2", "true"]),
  bad("events from two places", get(`${room}/events?rewind=1&after=k3f9x2ab-1`)),
];

/** `name=value` that would be right alone. */
const TWICE: readonly [endpoint: string, ...parameters: string[]][] = [
  ["messages", "limit=1", "order=asc", "after=k3f9x2ab-1", "before=k3f9x2ab-1", "from=1", "to=1"],
  ["presence", "limit=1", "after=a"],
  [
    "poll",
    "after=k3f9x2ab-1",
    "timeout=1",
    "signals=1",
    "presence=none",
    "member=0",
    "data=1",
    "user=a",
    "connection=a",
  ],
  ["events", "after=k3f9x2ab-1", "rewind=1", "presence=none", "member=0", "data=1", "user=a", "named=1", "echo=1"],
];
const twice: readonly HttpCase[] = [
  ...TWICE.flatMap(([endpoint, ...parameters]) =>
    parameters.flatMap((parameter) => [
      bad(`${endpoint}?${parameter} twice`, get(`${room}/${endpoint}?${parameter}&${parameter}`)),
      bad(
        `${endpoint}?${parameter} once more, percent-encoded`,
        get(`${room}/${endpoint}?${parameter}&%${parameter.charCodeAt(0).toString(16)}${parameter.slice(1)}`),
      ),
    ]),
  ),
  bad("connection= twice, to publish", withBody(`${messages}?connection=a&connection=b`, '{"data":1}')),
  bad("connection= twice, to signal", withBody(`${room}/signals?connection=a&connection=b`, '{"event":"e","data":1}')),
  bad("user= twice, to kick", get(`${room}/connections?user=a&user=b`, [], "DELETE")),
];

const NO_DATA = [
  "",
  "{",
  '"',
  "[1,]",
  "{a:1}",
  "nul",
  "undefined",
  "NaN",
  "'x'",
  "\u0000",
  "\ufeff1",
  `${"[".repeat(65)}${"]".repeat(65)}`,
];
const people: readonly HttpCase[] = [
  ...["poll", "events"].flatMap((endpoint) => [
    ...each(endpoint, "user", some(NO_IDS), "bad_id"),
    ...each(endpoint, "data", NO_DATA, "bad_json"),
    bad(
      `${endpoint} with data of 1 KiB and a byte`,
      get(query(endpoint, "data", `"${"x".repeat(1023)}"`)),
      "too_large",
      413,
    ),
    bad(
      `${endpoint} with 1,000 keys`,
      get(query(endpoint, "data", JSON.stringify(Object.fromEntries(Array.from({ length: 300 }, (_, n) => [n, 1]))))),
      "too_large",
      413,
    ),
  ]),
  ...some(NO_IDS).map((user) =>
    bad(`to kick ${shown(user)}`, get(query("connections", "user", user), [], "DELETE"), "bad_id"),
  ),
  bad("presence of no connection", withBody(`${room}/presence`, '{"data":1}', [json], "PUT")),
  bad(
    "presence of a connection that is not there",
    withBody(`${room}/presence?connection=none`, '{"data":1}', [json], "PUT"),
    "not_found",
    404,
  ),
];

export const queries = { numbers, cursors, words, twice, people };
