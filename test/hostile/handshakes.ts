/** WebSocket handshakes that are refused: over HTTP, and, because a browser cannot see that, by a close. */
import type { Query } from "../support/client.ts";
import type { KnockOptions } from "../support/handshake.ts";
import { apiKey, tokenFor } from "../support/service.ts";
import { NO_CURSORS, NO_IDS, NO_NUMBERS, shown, some } from "./http-case.ts";

export interface HandshakeCase {
  readonly what: string;
  readonly options: () => KnockOptions;
  readonly query: Query;
  /** Of the room; the test's own if it is not said. */
  readonly id?: string;
  readonly status: number;
  readonly code: string;
}

const server = () => ({ token: apiKey });

function bad(
  what: string,
  query: Query,
  code = "bad_request",
  status = 400,
  options: HandshakeCase["options"] = server,
): HandshakeCase {
  return { what, options, query, status, code };
}

const values = (name: string, all: readonly string[], code?: string) =>
  all.map((value) => bad(`${name}=${shown(value)}`, { [name]: value }, code));

const NO_DATA = ["", "{", "undefined", "NaN", "'x'", "[1,]", "\u0000", "\ufeff1", `${"[".repeat(65)}${"]".repeat(65)}`];
const options: readonly HandshakeCase[] = [
  ...values("rewind", [...some(NO_NUMBERS), "1001", "1000000000"]),
  ...values("presence", ["", "all", "Members", "members,count", "__proto__"]),
  ...values("member", ["", "2", "true", "01"]),
  ...values("echo", ["", "no", "2"]),
  ...values("acks", ["", "single!", "Batch"]),
  ...values("data", NO_DATA, "bad_json"),
  bad("data of 1 KiB and a byte", { data: `"${"x".repeat(1023)}"` }, "too_large", 413),
  bad("data of 64 KB", { data: `"${"x".repeat(65_000)}"` }, "too_large", 413),
  bad(
    "data of 1,000 keys",
    { data: JSON.stringify(Object.fromEntries(Array.from({ length: 500 }, (_, n) => [n, 1]))) },
    "too_large",
    413,
  ),
  bad("a start in two places", { rewind: 1, after: "k3f9x2ab-1" }),
  ...values("user", some(NO_IDS), "bad_id"),
];

const cursors: readonly HandshakeCase[] = values("after", NO_CURSORS, "bad_cursor");

const without = () => ({});
const as = (token: string) => () => ({ headers: { authorization: `Bearer ${token}` } });
const alice = () => ({ token: tokenFor("alice") });
const unauthenticated = (what: string, how: HandshakeCase["options"], query: Query = {}) =>
  bad(what, query, "unauthenticated", 401, how);

const credentials: readonly HandshakeCase[] = [
  unauthenticated("no credential", without),
  ...["", "x", "x.y", "x.y.z", "a.b.c.d", "null", "undefined", "[object Object]", "..", apiKey.slice(0, -1)].map(
    (token) => unauthenticated(`the token ${shown(token)}`, as(token)),
  ),
  unauthenticated("another scheme", () => ({ headers: { authorization: `Basic ${btoa(`server:${apiKey}`)}` } })),
  unauthenticated("a cookie", () => ({ headers: { cookie: `token=${apiKey}` } })),
  unauthenticated("a token in the query", without, { token: apiKey }),
  unauthenticated("an access_token in the query", without, { access_token: apiKey }),
  unauthenticated("a ticket, which is for events", without, { ticket: apiKey }),
  unauthenticated("facts that only the inside knows", () => {
    const identity = { user: "eve", kind: "server", operations: 63, expires: null, info: null };
    return { headers: { "edgewire-facts": encodeURIComponent(JSON.stringify({ identity, options: {} })) } };
  }),
  bad("no right to the room", {}, "forbidden", 403, () => ({ token: tokenFor("alice", {}) })),
  bad("a right to another room", {}, "forbidden", 403, () => ({ token: tokenFor("alice", { "room:other": ["*"] }) })),
  bad("another's name", { user: "bob" }, "forbidden", 403, alice),
  bad("a rewind without the right", { rewind: 1 }, "forbidden", 403, () => ({
    token: tokenFor("alice", { "room:*": ["subscribe"] }),
  })),
  bad("to be a member without the right", { member: "1" }, "forbidden", 403, () => ({
    token: tokenFor("alice", { "room:*": ["subscribe"] }),
  })),
];

const ids: readonly HandshakeCase[] = some(NO_IDS)
  .filter((id) => !["", ".", "..", "../b", "a\\b"].includes(id))
  .map((id) => ({
    ...bad(`the room ${shown(id)}`, {}, "bad_id"),
    id,
  }));

export const handshakes = { options, cursors, credentials, ids };

/** Offered without `edgewire.v1`: there is nothing to close, so each is plain HTTP. */
export const NO_PROTOCOLS: readonly (readonly [what: string, protocols: readonly string[]])[] = [
  ["a version to come", ["edgewire.v2"]],
  ["versions that are none", ["edgewire.v0", "edgewire.v01", "edgewire.v", "edgewire.v1.1", "edgewire.v-1"]],
  ["another case", ["Edgewire.v1"]],
  ["only others", ["graphql-ws", "mqtt"]],
  ["a token without a version", [`edgewire.token.${apiKey}`]],
  ["200 of them", Array.from({ length: 200 }, (_, n) => `p${n}`)],
];
