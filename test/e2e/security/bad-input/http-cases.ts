import { gzipSync } from "node:zlib";
import { type Body, bad, ECHO, get, type HttpCase, json, numbers, room, ticket, withBody } from "./http-case.ts";
import { streams, tickets } from "./stream-cases.ts";

const publish = `${room}/messages`;

/** Who takes a body: what has to stand in it beside what is wrong. */
const BODIES: [name: string, path: string, method: string, good: Record<string, unknown>][] = [
  ["POST messages", publish, "POST", { data: 1 }],
  ["POST signals", `${room}/signals`, "POST", { event: "e", data: 1 }],
  ["PUT presence", `${room}/presence?connection=x`, "PUT", { data: 1 }],
  ["POST /v1/messages", "/v1/messages", "POST", { channels: ["room:many"], data: 1 }],
];
const deep = (levels: number) => `${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`;

const bodies = BODIES.flatMap(([name, path, method, good]): HttpCase[] => {
  const of = (body: Body, headers?: string[]) => withBody(path, body, headers, method);
  const text = JSON.stringify(good);
  const notJson: [string, Body][] = [
    ["nothing", ""],
    ["a line feed", "\n"],
    ["half of it", text.slice(0, -1)],
    ["it twice", text + text],
    ["a comment in it", text.replace("{", "{/* */")],
    ["a comma too many", text.replace("}", ",}")],
    ["a NUL at its end", `${text}\0`],
    ["a lone continuation byte", Buffer.concat([Buffer.from('{"data":"'), Buffer.from([0xbf]), Buffer.from('"}')])],
    ["an overlong slash", Buffer.concat([Buffer.from('{"data":"'), Buffer.from([0xc0, 0xaf]), Buffer.from('"}')])],
    ["UTF-16", Buffer.from(text, "utf16le")],
    ["a form", `data=${ECHO}`],
    ["depth 100,000, unclosed", '{"data":'.repeat(100_000)],
    ["data of depth 65", text.replace('"data":1', `"data":${deep(65)}`)],
    ["data of depth 30,000", text.replace('"data":1', `"data":${deep(30_000)}`)],
  ];
  const wrong: [string, Body][] = [
    ["null", "null"],
    ["true", "true"],
    ["a text", `"${ECHO}"`],
    ["a number", "1e3"],
    ["no data", JSON.stringify({ ...good, data: undefined })],
  ];
  const types = ["text/plain", "application/jsonx", "application/x-www-form-urlencoded", "text/json", "json", "*/*"];
  return [
    ...notJson.map(([what, body]) => bad(`${name} with ${what}`, of(body), "bad_json")),
    ...wrong.map(([what, body]) => bad(`${name} with ${what}`, of(body))),
    ...types.map((type) =>
      bad(`${name} as ${type}`, of(text, [`Content-Type: ${type}`]), "unsupported_media_type", 415),
    ),
    bad(`${name} without a type`, of(text, []), "unsupported_media_type", 415),
    bad(`${name} gzipped`, of(gzipSync(text), [json, "Content-Encoding: gzip"]), "unsupported_media_type", 415),
    bad(
      `${name} said to be gzipped twice`,
      of(text, [json, "Content-Encoding: gzip, br"]),
      "unsupported_media_type",
      415,
    ),
    bad(`${name} above 1 MiB`, of(`{"data":1,"pad":"${"x".repeat(1 << 20)}"}`), "too_large", 413),
  ];
});

const fields: HttpCase[] = [
  ...[0, true, null, [], {}, "", "x".repeat(65), `${ECHO}\n`, "é", "\u0000"].map((id) =>
    bad(`a message id ${JSON.stringify(id).slice(0, 30)}`, withBody(publish, JSON.stringify({ data: 1, id }))),
  ),
  ...[0, null, [], "", " ", "a b", "a/b", "é", "x".repeat(65), "edgewire.", "edgewire.x", `${ECHO}<`].map((event) =>
    bad(`an event ${JSON.stringify(event).slice(0, 30)}`, withBody(publish, JSON.stringify({ data: 1, event }))),
  ),
  ...[0, true, null, [], {}].map((user) =>
    bad(`a user ${JSON.stringify(user)}`, withBody(publish, JSON.stringify({ data: 1, user })), "bad_id"),
  ),
  ...["", ".", "..", "a b", "a/b", "é", "x".repeat(129), `${ECHO}\r\n`].map((user) =>
    bad(`a user ${JSON.stringify(user).slice(0, 30)}`, withBody(publish, JSON.stringify({ data: 1, user })), "bad_id"),
  ),
  ...[0, "", "é", "x".repeat(65), []].map((key) =>
    bad(
      `a signal's key ${JSON.stringify(key).slice(0, 30)}`,
      withBody(`${room}/signals`, JSON.stringify({ event: "e", data: 1, key })),
    ),
  ),
  ...["[]", "[null]", '[{"data":1},{}]', '[[{"data":1}]]', `[${Array(101).fill('{"data":1}').join(",")}]`].map((body) =>
    bad(`the array ${body.slice(0, 30)}`, withBody(publish, body)),
  ),
  ...[`Idempotency-Key: ${"x".repeat(65)}`, "Idempotency-Key:", "Idempotency-Key: \xe9"].map((key) =>
    bad(`the header ${key.slice(0, 30)}`, withBody(publish, '{"data":1}', [json, key])),
  ),
  bad("an Idempotency-Key and another id", withBody(publish, '{"data":1,"id":"a"}', [json, "Idempotency-Key: b"])),
];

const queries: HttpCase[] = [
  ...["messages?limit", "messages?from", "messages?to", "presence?limit"].flatMap((end) =>
    numbers.map((value) => bad(`${end}=${value.slice(0, 20)}`, get(`${room}/${end}=${encodeURI(decodeURI(value))}`))),
  ),
  ...["messages?limit=0", "messages?limit=1001", "presence?limit=1001", "messages?from=9007199254740992"].map((end) =>
    bad(end, get(`${room}/${end}`)),
  ),
  ...[
    "messages?limit=1&limit=1",
    "messages?order=asc&order=asc",
    "presence?limit=1&limit=1",
    "presence?after=a&after=b",
  ].map((end) => bad(end, get(`${room}/${end}`))),
  bad("connection= twice", withBody(`${publish}?connection=a&connection=b`, '{"data":1}')),
  bad("no connection= for presence", withBody(`${room}/presence`, '{"data":1}', [json], "PUT")),
  bad("user= twice, to kick", get(`${room}/connections?user=a&user=b`, [], "DELETE")),
  ...["", "a%20b", "..", "%00", "%2F", "x".repeat(129), "%ED%A0%80", `${ECHO}%0A`].map((user) =>
    bad(`to kick user=${user.slice(0, 20)}`, get(`${room}/connections?user=${user}`, [], "DELETE"), "bad_id"),
  ),
  ...["", "ASC", "asc,desc", "up", "0", "asc%00"].map((order) =>
    bad(`order=${order}`, get(`${room}/messages?order=${order}`)),
  ),
];

const idsInPaths: HttpCase[] = [
  ...[
    "%u0041",
    "%C0%AF",
    "%E0%80%AF",
    "%F8%88%80%80%80",
    "a%09b",
    "a%7Fb",
    "%00a",
    "..%2Fb",
    "%2e%2e%2fb",
    "a%25b",
    "a%2525",
  ],
  ...[
    "%E2%80%AE",
    "%EF%BB%BFa",
    "a%0B",
    "%F0%9D%92%B6",
    "a%5C..",
    "a%3Bb",
    "a%2Cb",
    "%7B%7D",
    "a%60",
    "a%5E",
    "a%20",
    "*",
    "()",
  ],
].flatMap((id) => [
  bad(`GET of the room ${id}`, get(`/v1/rooms/${id}/messages`), "bad_id"),
  bad(`DELETE of the room ${id}`, get(`/v1/rooms/${id}`, [], "DELETE"), "bad_id"),
]);

const routes: HttpCase[] = [
  ...[
    "/",
    "/v1",
    "/v1/",
    "//v1/health",
    "/V1/health",
    "/v1/Health",
    "/v1/health/",
    "/v2/health",
    "/v1/rooms",
    "/v1/rooms/a/b",
  ],
  ...[
    "/v1/rooms/a/messages/",
    "/v1/rooms/a/messages/1",
    "/v1/users/bob/nothing",
    "/v1/tickets/1",
    "/v1/rooms/a/events/",
    "/.env",
    "/v1/rooms//messages",
  ],
  ...["/index.html", "/__proto__", "/v1/constructor", "/cdn-cgi/x", "/v1/rooms/a/MESSAGES", "/v1/guests/1"],
].map((path) => bad(`nothing at ${path}`, get(path), "not_found", 404));

const methods: HttpCase[] = ["PATCH", "PROPFIND", "MKCOL", "REPORT"]
  .flatMap((method) =>
    [
      publish,
      room,
      ...["connect", "events", "poll", "presence"].map((end) => `${room}/${end}`),
      ticket,
      "/v1/messages",
      "/v1/guests",
      "/v1/health",
    ].map((path): HttpCase => bad(`${method} ${path}`, get(path, [], method), "method_not_allowed", 405)),
  )
  .concat(
    [
      [`${room}/connections`, "GET"],
      [`${room}/signals`, "GET"],
      ["/v1/guests", "GET"],
      ["/v1/messages", "GET"],
      [room, "GET"],
      [room, "POST"],
      ["/v1/health", "POST"],
      [`${room}/connect`, "POST"],
      [`${room}/events`, "POST"],
      [`${room}/poll`, "POST"],
      [`${room}/poll`, "DELETE"],
      [ticket, "GET"],
      [ticket, "DELETE"],
    ].map(([path, method]) =>
      bad(`${method} ${path}`, get(path as string, [], method as string), "method_not_allowed", 405),
    ),
  );

export const HTTP_CASES: Record<string, HttpCase[]> = {
  bodies,
  tickets,
  fields,
  queries,
  streams,
  idsInPaths,
  routes,
  methods,
};
