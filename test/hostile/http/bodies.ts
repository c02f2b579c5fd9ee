/** Bodies that are wrong whatever stands in them: no JSON, too much of it, of another type, or no object. */
import { gzipSync } from "node:zlib";
import { type Body, bad, ECHO, type HttpCase, json, messages, room, some, withBody } from "../http-case.ts";

/** Who takes a body: what has to stand in it beside what is wrong. The first is sent all, the others some of each kind. */
const ROUTES: readonly [name: string, path: string, method: string, good: Record<string, unknown>][] = [
  ["POST messages", messages, "POST", { data: 1 }],
  ["POST signals", `${room}/signals`, "POST", { event: "e", data: 1 }],
  ["PUT presence", `${room}/presence?connection=x`, "PUT", { data: 1 }],
  ["PUT read", "/v1/users/bob/read", "PUT", { cursor: "k3f9x2ab-0" }],
  ["POST /v1/messages", "/v1/messages", "POST", { channels: ["room:ROOM"], data: 1 }],
  ["POST /v1/presence", "/v1/presence", "POST", { rooms: ["ROOM"], users: [] }],
  ["POST /v1/tickets", "/v1/tickets", "POST", { channel: "room:ROOM" }],
];

const nested = (levels: number, open = "[", close = "]") => `${open.repeat(levels)}1${close.repeat(levels)}`;
const bytes = (...parts: (string | number[])[]) => Buffer.concat(parts.map((part) => Buffer.from(part as string)));

/** In place of the body; `text` is one that is right. */
const notJson = (text: string): [what: string, body: Body][] => [
  ["nothing", ""],
  ["white space", " \n\t"],
  ["a byte order mark before it", `\ufeff${text}`],
  ["half of it", text.slice(0, -1)],
  ["a brace alone", "{"],
  ["it twice", text + text],
  ["a line of it each", `${text}\n${text}`],
  ["a comment in it", text.replace("{", "{/* */")],
  ["a comma too many", text.replace(/}$/, ",}")],
  ["single quotes", text.replaceAll('"', "'")],
  ["no quotes", text.replaceAll('"', "")],
  ["NaN", '{"data":NaN}'],
  ["Infinity", '{"data":-Infinity}'],
  ["a number with a leading zero", '{"data":01}'],
  ["a hexadecimal number", '{"data":0x1}'],
  ["undefined", "undefined"],
  ["a tab in a text", '{"data":"\t"}'],
  ["a NUL in a text", '{"data":"\0"}'],
  ["a NUL at its end", `${text}\0`],
  ["an unfinished escape", '{"data":"\\u12"}'],
  ["an escape that is none", '{"data":"\\x41"}'],
  ["a lone continuation byte", bytes('{"data":"', [0xbf], '"}')],
  ["an overlong slash", bytes('{"data":"', [0xc0, 0xaf], '"}')],
  ["an overlong quote, in three bytes", bytes('{"data":"', [0xe0, 0x80, 0xa2], '"}')],
  ["a surrogate in UTF-8", bytes('{"data":"', [0xed, 0xa0, 0x80], '"}')],
  ["a character beyond Unicode", bytes('{"data":"', [0xf4, 0x90, 0x80, 0x80], '"}')],
  ["a character that is cut off", bytes('{"data":"', [0xe2, 0x82], '"}')],
  ["0xfe and 0xff", bytes('{"data":"', [0xff, 0xfe], '"}')],
  ["UTF-16", Buffer.from(text, "utf16le")],
  ["UTF-16 with its mark", Buffer.from(`\ufeff${text}`, "utf16le")],
  ["gzip that is not said to be", gzipSync(text)],
  ["a form", `data=${ECHO}`],
  ["XML", `<data>${ECHO}</data>`],
  ["levels without end", '{"data":'.repeat(100_000)],
];

/** JSON, and no object. */
const NO_OBJECTS: readonly [what: string, body: string][] = [
  ["null", "null"],
  ["true", "true"],
  ["a number", "-0"],
  ["a text", `"${ECHO}"`],
  ["an array in an array", '[[{"data":1}]]'],
  ["an array of null", "[null]"],
];

const NO_TYPES = [
  ...[
    "text/plain",
    "text/json",
    "application/jsonx",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "json",
  ],
  ...[
    "*/*",
    "application/*",
    "application/json, text/plain",
    "text/plain; application/json",
    "application/json+xml",
    "",
  ],
];
const ENCODINGS = ["gzip", "br", "gzip, gzip", "identity, gzip", "chunked", "x"];

export const bodies: readonly HttpCase[] = ROUTES.flatMap(([name, path, method, good], index) => {
  const few = <Each>(all: readonly Each[]) => (index === 0 ? all : some(all));
  const of = (body: Body, headers?: string[]) => withBody(path, body, headers, method);
  const text = JSON.stringify(good);
  const typed = (type: string) => of(text, [`Content-Type: ${type}`]);
  return [
    ...few(notJson(text)).map(([what, body]) => bad(`${name} with ${what}`, of(body), "bad_json")),
    ...few(NO_OBJECTS).map(([what, body]) => bad(`${name} with ${what}`, of(body))),
    ...few(NO_TYPES).map((type) => bad(`${name} as "${type}"`, typed(type), "unsupported_media_type", 415)),
    bad(`${name} without a type`, of(text, []), "unsupported_media_type", 415),
    ...few(ENCODINGS).map((encoding) =>
      bad(`${name} in ${encoding}`, of(text, [json, `Content-Encoding: ${encoding}`]), "unsupported_media_type", 415),
    ),
    bad(`${name} of a byte above 1 MiB`, of(text.padEnd((1 << 20) + 1)), "too_large", 413),
  ];
});

/** Too deep by one level, and by far; both kinds of brackets. */
export const depths: readonly HttpCase[] = ROUTES.filter(([, , , good]) => "data" in good).flatMap(
  ([name, path, method, good]) =>
    [
      ["65 arrays", nested(65)],
      ["65 objects", nested(65, '{"a":', "}")],
      ["65 levels behind a __proto__", `{"__proto__":${nested(64)}}`],
      ["65 levels in the second place", `[1,${nested(64)}]`],
      ["30,000 arrays", nested(30_000)],
      ["30,000 objects", nested(30_000, '{"a":', "}")],
    ].map(([what, data]) => {
      const body = JSON.stringify(good).replace('"data":1', `"data":${data}`);
      return bad(`${name} with ${what}`, withBody(path, body, [json], method), "bad_json");
    }),
);

/** Above a limit of their own, in a body that is not. */
export const sizes: readonly HttpCase[] = [
  bad("data of 64 KiB and a byte", withBody(messages, `{"data":"${"x".repeat(65_535)}"}`), "too_large", 413),
  bad(
    "data of 64 KiB in characters, not bytes",
    withBody(messages, `{"data":"${"é".repeat(33_000)}"}`),
    "too_large",
    413,
  ),
  bad(
    "one of two that is too large",
    withBody(messages, `[{"data":1},{"data":"${"x".repeat(65_535)}"}]`),
    "too_large",
    413,
  ),
  bad(
    "a signal above it",
    withBody(`${room}/signals`, `{"event":"e","data":"${"x".repeat(65_535)}"}`),
    "too_large",
    413,
  ),
];
