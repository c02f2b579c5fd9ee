/** Paths and methods: ids that play with percent codes, what is not there, and what is there in another way. */
import { bad, ECHO, get, type HttpCase, messages, NO_IDS, room, shown } from "../http-case.ts";

/** As they stand in the path, beside those of `NO_IDS`: percent codes that are broken, or mean what they must not. */
const CODES = [
  ...[
    "%",
    "a%",
    "%4",
    "%zz",
    "%u0041",
    "%2541",
    "a%25b",
    "a%2525",
    "%00",
    "a%00",
    "%00a",
    "a%0D%0Ab",
    "a%0D%0ASet-Cookie:%20x",
  ],
  ...[
    "%2F",
    "a%2Fb",
    "a%2fb",
    "..%2Fb",
    "%2e%2e%2fb",
    "a%5C..",
    "%80",
    "%C3",
    "%C0%AF",
    "%C0%80",
    "%E0%80%AF",
    "%ED%A0%80",
  ],
  ...["%F8%88%80%80%80", "%F4%90%80%80", "%FF%FE", "%EF%BB%BFa", "%EF%BC%A1", "%E2%80%AE", "a%09b", "a%7Fb", "a%20b"],
  ...[
    "a'b",
    "a*b",
    "a(b)",
    "a,b",
    "a;b",
    "a!b",
    "a$b",
    "a&b",
    "a%3Bb",
    "a%2Cb",
    "%7B%7D",
    "a%60",
    "a%5E",
    "*",
    "()",
    `${ECHO}%0A`,
  ],
];
const ENCODED = NO_IDS.filter((id) => !["", ".", ".."].includes(id)).map(encodeIfPossible);

function encodeIfPossible(id: string): string {
  return id.replace(/[^A-Za-z0-9]/gu, (character) =>
    Array.from(Buffer.from(character), (byte) => `%${byte.toString(16).padStart(2, "0")}`).join(""),
  );
}

const ids: readonly HttpCase[] = [...new Set([...CODES, ...ENCODED])].flatMap((id) => {
  const short = shown(id);
  return [
    bad(`GET of the room ${short}`, get(`/v1/rooms/${id}/messages`), "bad_id"),
    bad(`DELETE of the user ${short}`, get(`/v1/users/${id}`, [], "DELETE"), "bad_id"),
  ];
});

const NOWHERE = [
  ...["/", "//", "/v1", "/v1/", "/v2/health", "/v1/v1/health", "/V1/health", "/v1/Health", "/v1/HEALTH", "/v1/health/"],
  ...["//v1/health", "/v1//health", "/v1/health//", "/v1/health/.", "/v1/health%2F", "/v1%2Fhealth", "/v1/health%00"],
  ...["/v1/health;x=1", "/v1/health.json", "/v1/rooms", "/v1/rooms/", "/v1/rooms/a/b", "/v1/Rooms/a/messages"],
  ...[
    "/v1/rooms/a/messages/",
    "/v1/rooms/a/messages/1",
    "/v1/rooms/a//messages",
    "/v1/rooms//messages",
    "/v1/rooms/a/MESSAGES",
  ],
  ...["/v1/rooms/a/events/", "/v1/rooms/a/connections/b", "/v1/rooms/a/messages%2F", "/v1/users/bob/nothing"],
  ...[
    "/v1/rooms/a/read",
    "/v1/tickets/1",
    "/v1/guests/1",
    "/v1/guests/",
    "/v1/messages/",
    "/v1/relays/a",
    "/v1/constructor",
  ],
  ...[
    "/__proto__",
    "/.env",
    "/.dev.vars",
    "/.git/config",
    "/wrangler.toml",
    "/src/worker.ts",
    "/index.html",
    "/_headers",
    "/sdk",
  ],
  ...[
    "/cdn-cgi/x",
    "/docs/",
    "/Docs",
    "/openapi.json/",
    "/demo/config",
    "/demo/tokens",
    "/demo/",
    "/connect",
    "/favicon.ico",
  ],
];
const nowhere: readonly HttpCase[] = NOWHERE.flatMap((path) => [
  bad(`nothing at ${path}`, get(path), "not_found", 404),
  bad(`nothing to be deleted at ${path}`, get(path, [], "DELETE"), "not_found", 404),
]);

/** What a resource takes, by its path. */
const TAKEN: Readonly<Record<string, readonly string[]>> = {
  [room]: ["DELETE"],
  [messages]: ["GET", "HEAD", "POST", "DELETE"],
  [`${room}/signals`]: ["POST"],
  [`${room}/presence`]: ["GET", "HEAD", "PUT"],
  [`${room}/connections`]: ["DELETE"],
  [`${room}/connect`]: ["GET"],
  [`${room}/events`]: ["GET"],
  [`${room}/poll`]: ["GET"],
  "/v1/users/bob/read": ["PUT"],
  "/v1/users/bob/connections": ["GET", "HEAD", "DELETE"],
  "/v1/messages": ["POST"],
  "/v1/presence": ["POST"],
  "/v1/tickets": ["POST"],
  "/v1/guests": ["POST"],
  "/v1/health": ["GET", "HEAD"],
};
const METHODS = [
  "GET",
  "POST",
  "PUT",
  "DELETE",
  "PATCH",
  "PROPFIND",
  "MKCOL",
  "REPORT",
  "SEARCH",
  "PURGE",
  "COPY",
  "LOCK",
];
const methods: readonly HttpCase[] = Object.entries(TAKEN).flatMap(([path, taken]) =>
  METHODS.filter((method) => !taken.includes(method)).map((method) =>
    bad(`${method} ${path}`, get(path, [], method), "method_not_allowed", 405),
  ),
);

export const paths = { ids, nowhere, methods };
