/** What stands in a body that is JSON: ids, events, users, addresses, lists. */
import { bad, ECHO, type HttpCase, messages, NO_CURSORS, NO_IDS, room, shown, some, withBody } from "../http-case.ts";

const NO_TEXTS: readonly unknown[] = [0, 1.5, true, null, [], ["a"], {}, { toString: "a" }];
const NO_PRINTABLES = [
  "",
  "x".repeat(65),
  "é",
  "ａ",
  "\n",
  "\r\nid: 1",
  "\t",
  "\u0000",
  "\u007f",
  "\u0080",
  "\ud800",
  "😀",
  `${ECHO}\n`,
];
const NO_EVENTS = [
  ...[
    "",
    " ",
    "a b",
    "a/b",
    "a,b",
    "é",
    "x".repeat(65),
    "edgewire.",
    "edgewire.x",
    "edgewire.join",
    "a\n",
    "a\r\ndata: 1",
  ],
  ...["\u0000", "<b>", "a\u2028", "message ", `${ECHO}<`],
];

const draft = (fields: object) => withBody(messages, JSON.stringify({ data: 1, ...fields }));
const signal = (fields: object) => withBody(`${room}/signals`, JSON.stringify({ event: "e", data: 1, ...fields }));

const drafts: readonly HttpCase[] = [
  ...[...NO_TEXTS, ...NO_PRINTABLES].map((id) => bad(`a message's id ${shown(id)}`, draft({ id }))),
  ...[...NO_TEXTS, ...NO_EVENTS].map((event) => bad(`a message's event ${shown(event)}`, draft({ event }))),
  ...[...NO_TEXTS, ...NO_IDS].map((user) => bad(`a message's user ${shown(user)}`, draft({ user }), "bad_id")),
  bad("no data", withBody(messages, '{"id":"a"}')),
  bad("no fields", withBody(messages, "{}")),
  bad("all of it behind a __proto__", withBody(messages, '{"__proto__":{"data":1}}')),
  bad("data twice, the last none", withBody(messages, '{"data":1,"id":"a","id":""}')),
  bad("a right id that another replaces", withBody(messages, '{"data":1,"id":"a","id":7}')),
];

const signals: readonly HttpCase[] = [
  ...[undefined, ...NO_TEXTS, ...some(NO_EVENTS)].map((event) =>
    bad(`a signal's event ${shown(event)}`, signal({ event })),
  ),
  ...[...NO_TEXTS, ...NO_PRINTABLES].map((key) => bad(`a signal's key ${shown(key)}`, signal({ key }))),
  ...[...some(NO_TEXTS), ...some(NO_IDS)].map((user) =>
    bad(`a signal's user ${shown(user)}`, signal({ user }), "bad_id"),
  ),
  bad("a signal without data", withBody(`${room}/signals`, '{"event":"e"}')),
  bad("two signals", withBody(`${room}/signals`, '[{"event":"e","data":1}]')),
];

const array = (items: readonly unknown[]) => withBody(messages, JSON.stringify(items));
const arrays: readonly HttpCase[] = [
  bad("no message", array([])),
  bad("101 messages", array(Array(101).fill({ data: 1 }))),
  bad("100,000 messages", array(Array(100_000).fill(0))),
  bad("a number among messages", array([{ data: 1 }, 1])),
  bad("a message without data, last of three", array([{ data: 1 }, { data: 2 }, {}])),
  bad("a message whose id is none, last of two", array([{ data: 1 }, { data: 2, id: "" }])),
  bad("a message of a user that is none, last of two", array([{ data: 1 }, { data: 2, user: ".." }]), "bad_id"),
];

const keyed = (body: string, ...keys: string[]) =>
  withBody(messages, body, ["Content-Type: application/json", ...keys.map((key) => `Idempotency-Key: ${key}`)]);
const keys: readonly HttpCase[] = [
  ...["", "x".repeat(65), "\xe9", "a\tb", "x".repeat(9000)].map((key) =>
    bad(`the Idempotency-Key ${shown(key)}`, keyed('{"data":1}', key)),
  ),
  bad("an Idempotency-Key and another id", keyed('{"data":1,"id":"a"}', "b")),
  bad("an Idempotency-Key and an id that is none", keyed('{"data":1,"id":null}', "b")),
];

const many = (channels: unknown, more: object = {}) =>
  withBody("/v1/messages", JSON.stringify({ channels, data: 1, ...more }));
const NO_LISTS: readonly unknown[] = [undefined, null, 0, "", "room:a", {}, { length: 1, 0: "room:a" }];
const NO_ADDRESSES: readonly unknown[] = [
  ...[
    null,
    0,
    [],
    {},
    ["room:a"],
    "",
    "a",
    ":",
    "room",
    "room:",
    ":a",
    "Room:a",
    "ROOM:a",
    "rooms:a",
    " room:a",
    "room :a",
  ],
  ...["room:a/b", "room:..", "user:.", "relay:a", "__proto__:a", "room\u0000:a", "room:*", "*", `${ECHO}:a`],
];
const manys: readonly HttpCase[] = [
  ...NO_LISTS.map((channels) => bad(`the channels ${shown(channels)}`, many(channels))),
  bad("no channel", many([])),
  bad("101 channels", many(Array.from({ length: 101 }, (_, n) => `room:r${n}`))),
  ...NO_ADDRESSES.map((address) => bad(`the channel ${shown(address)}`, many(["room:ROOM", address]), "bad_id")),
  ...some(NO_IDS).map((id) => bad(`the channel of the id ${shown(id)}`, many([`room:${id}`]), "bad_id")),
  bad("many with an id that is none", many(["room:ROOM"], { id: "" })),
  bad("many with an event that is none", many(["room:ROOM"], { event: "a b" })),
  bad("many of a user that is none", many(["room:ROOM"], { user: "a b" }), "bad_id"),
];

const look = (body: object) => withBody("/v1/presence", JSON.stringify(body));
const looks: readonly HttpCase[] = [
  ...[null, 0, "a", {}].flatMap((list) => [
    bad(`the users ${shown(list)}`, look({ users: list })),
    bad(`the rooms ${shown(list)}`, look({ rooms: list })),
  ]),
  bad("501 users", look({ users: Array.from({ length: 501 }, (_, n) => `u${n}`) })),
  bad("501 rooms", look({ rooms: Array(501).fill("a") })),
  ...[null, 0, {}, ["a"], ...some(NO_IDS)].flatMap((id) => [
    bad(`the user ${shown(id)}`, look({ users: [id] }), "bad_id"),
    bad(`the room ${shown(id)}`, look({ rooms: ["a", id] }), "bad_id"),
  ]),
];

const ticketFor = (body: object) => withBody("/v1/tickets", JSON.stringify(body));
const tickets: readonly HttpCase[] = [
  ...[undefined, ...new Set([...NO_ADDRESSES, ...some(NO_IDS).map((id) => `room:${id}`)])].map((channel) =>
    bad(`a ticket for ${shown(channel)}`, ticketFor({ channel }), "bad_id"),
  ),
  ...[...NO_TEXTS, ...some(NO_IDS)].map((user) =>
    bad(`a ticket of ${shown(user)}`, ticketFor({ channel: "room:ROOM", user }), "bad_id"),
  ),
  bad("a ticket for a guest's channel", ticketFor({ channel: "user:guest-a" }), "not_found", 404),
];

const readUpTo = (cursor: unknown) => withBody("/v1/users/bob/read", JSON.stringify({ cursor }), undefined, "PUT");
const reads: readonly HttpCase[] = [undefined, ...NO_TEXTS, ...some(NO_CURSORS)].map((cursor) =>
  bad(`read up to ${shown(cursor)}`, readUpTo(cursor), "bad_cursor"),
);

export const fields = { drafts, signals, arrays, keys, manys, looks, tickets, reads };
