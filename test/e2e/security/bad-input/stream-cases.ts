import { gzipSync } from "node:zlib";
import { bad, ECHO, get, type HttpCase, json, numbers, room, ticket, withBody } from "./http-case.ts";

export const tickets: HttpCase[] = [
  ...["", "{", '{"channel":"room:a"}{}', '{"channel":"room:a",}', `channel=${ECHO}`].map((body) =>
    bad(`a ticket with ${body || "nothing"}`, withBody(ticket, body), "bad_json"),
  ),
  ...["null", "true", "[]", `"${ECHO}"`, '[{"channel":"room:a"}]'].map((body) =>
    bad(`a ticket with ${body}`, withBody(ticket, body)),
  ),
  ...[
    undefined,
    null,
    0,
    "",
    "room",
    "room:",
    ":a",
    "Room:a",
    "room:a b",
    "room:..",
    `room:${"x".repeat(129)}`,
    `${ECHO}:a`,
  ].map((channel) => bad(`a ticket for ${channel}`, withBody(ticket, JSON.stringify({ channel })), "bad_id")),
  ...[0, null, [], {}, "", "a b", "..", `${ECHO}\r\n`].map((user) =>
    bad(`a ticket of ${JSON.stringify(user)}`, withBody(ticket, JSON.stringify({ channel: "room:a", user })), "bad_id"),
  ),
  bad("a ticket for a guest's channel", withBody(ticket, '{"channel":"user:guest-a"}'), "not_found", 404),
  bad(
    "a ticket as text",
    withBody(ticket, '{"channel":"room:a"}', ["Content-Type: text/plain"]),
    "unsupported_media_type",
    415,
  ),
  bad(
    "a ticket gzipped",
    withBody(ticket, gzipSync("{}"), [json, "Content-Encoding: gzip"]),
    "unsupported_media_type",
    415,
  ),
  bad("a ticket above 1 MiB", withBody(ticket, `{"pad":"${"x".repeat(1 << 20)}"}`), "too_large", 413),
];

/** What no cursor is, as it stands in a URL. */
const noCursors = [
  "",
  "5",
  "k3f9x2ab-",
  "k3f9x2ab--1",
  "k3f9x2ab-01",
  "K3F9X2AB-1",
  "k3f9x2ab-9007199254740992",
  `${ECHO}-x`,
];
const twice = [
  "after=k3f9x2ab-1&after=k3f9x2ab-1",
  "presence=none&presence=none",
  "member=0&member=0",
  "data=1&data=1",
  "user=a&user=a",
];
const words = [
  "presence=",
  "presence=all",
  "member=",
  "member=true",
  "member=01",
  "echo=2",
  "acks=",
  `presence=${ECHO}`,
];

export const streams: HttpCase[] = [
  ...["poll", "events"].flatMap((end) => [
    ...noCursors.map((cursor) => bad(`${end}?after=${cursor}`, get(`${room}/${end}?after=${cursor}`), "bad_cursor")),
    ...[...twice, ...words].map((query) => bad(`${end}?${query}`, get(`${room}/${end}?${query}`))),
    ...["", "%7B", "%22", "[1,]", "{a:1}", "nul"].map((data) =>
      bad(`${end}?data=${data}`, get(`${room}/${end}?data=${data}`), "bad_json"),
    ),
    ...["", "a%20b", "..", "%00", "x".repeat(129)].map((user) =>
      bad(`${end}?user=${user}`, get(`${room}/${end}?user=${user}`), "bad_id"),
    ),
    bad(`${end} with data of 1 KiB and a byte`, get(`${room}/${end}?data=%22${"x".repeat(1023)}%22`), "too_large", 413),
    bad(`${end} of a bad room`, get(`/v1/rooms/a%20b/${end}`), "bad_id"),
  ]),
  ...numbers.map((value) =>
    bad(`poll?timeout=${value.slice(0, 20)}`, get(`${room}/poll?timeout=${encodeURI(decodeURI(value))}`)),
  ),
  ...[
    "timeout=61",
    "timeout=1e9",
    "timeout=1&timeout=1",
    "signals=",
    "signals=yes",
    "signals=1&signals=1",
    "connection=a&connection=b",
  ].map((query) => bad(`poll?${query}`, get(`${room}/poll?${query}`))),
  ...numbers.map((value) =>
    bad(`events?rewind=${value.slice(0, 20)}`, get(`${room}/events?rewind=${encodeURI(decodeURI(value))}`)),
  ),
  ...["rewind=1001", "rewind=1&after=k3f9x2ab-1", "named=", "named=yes", "named=1&named=1"].map((query) =>
    bad(`events?${query}`, get(`${room}/events?${query}`)),
  ),
  ...["5", "k3f9x2ab", "k3f9x2ab-1, k3f9x2ab-2", `${ECHO}`, "\xe9", "x".repeat(5000)].map((id) =>
    bad(`events with Last-Event-ID: ${id.slice(0, 20)}`, get(`${room}/events`, [`Last-Event-ID: ${id}`]), "bad_cursor"),
  ),
  bad(
    "events with Last-Event-ID twice",
    get(`${room}/events`, ["Last-Event-ID: k3f9x2ab-1", "Last-Event-ID: k3f9x2ab-1"]),
    "bad_cursor",
  ),
];
