/** Request lines, header lines and upgrades as nobody else writes them. */
import {
  body,
  CRLF,
  HOST,
  health,
  is,
  JSON_TYPE,
  KEY,
  LAST,
  lastHealth,
  lines,
  publish,
  published,
  read,
  refused,
  refusedBefore,
  type WireCase,
} from "./request.ts";

const requestLines: readonly WireCase[] = [
  is("two requests at once", health + lastHealth, 200, 200),
  is("eight requests at once", health.repeat(7) + lastHealth, ...Array(8).fill(200)),
  is("a good request behind a bad one", lines("GET /v1/nothing HTTP/1.1", HOST, KEY) + lastHealth, 404, 200),
  is(
    "a publish and what reads it, at once",
    lines(publish, HOST, KEY, JSON_TYPE, "Content-Length: 10") + body + lines(read, HOST, KEY, LAST),
    201,
    200,
  ),
  is("an empty line before it", CRLF + lastHealth, [200, ...refused]),
  is("line feeds alone", `GET /v1/health HTTP/1.1\n${HOST}\n${LAST}\n\n`, [200, ...refused]),
  is("an absolute URI", lines("GET http://HOST/v1/health HTTP/1.1", HOST, LAST), [200, 404, ...refused]),
  is("an absolute URI of another host", lines("GET http://evil.example/v1/health HTTP/1.1", HOST, LAST), [
    200,
    404,
    ...refused,
  ]),
  is("an absolute URI of a file", lines("GET file:///etc/passwd HTTP/1.1", HOST, LAST), [404, ...refused]),
  is("a host for CONNECT", lines("CONNECT evil.example:443 HTTP/1.1", HOST, LAST), [404, 405, ...refusedBefore]),
  is("a star for OPTIONS", lines("OPTIONS * HTTP/1.1", HOST, LAST), [204, 404, ...refusedBefore]),
  is("no slash", lines("GET v1/health HTTP/1.1", HOST, LAST), [200, 404, ...refused]),
  is("a fragment", lines("GET /v1/health#x HTTP/1.1", HOST, LAST), [200, 404, ...refused]),
  is("backslashes", lines("GET \\v1\\health HTTP/1.1", HOST, LAST), [200, 404, ...refused]),
  is("a NUL in the path", lines("GET /v1/\0health HTTP/1.1", HOST, LAST), [404, ...refused]),
  is("bytes that are no text in the path", lines("GET /v1/rooms/\xff\xfe/messages HTTP/1.1", HOST, KEY, LAST), refused),
  is("a method in small letters", lines("get /v1/health HTTP/1.1", HOST, LAST), [405, 501, ...refused]),
  is("a method that is none", lines("G\xc3\xa9T /v1/health HTTP/1.1", HOST, LAST), [405, 501, ...refused]),
  is("TRACE, which would echo", lines(`TRACE /v1/rooms/ROOM HTTP/1.1`, HOST, KEY, LAST), [405, 501, ...refused]),
  is("no version", "GET /v1/health\r\n\r\n", refused),
  is("HTTP/0.9", "GET /v1/health\n", refused),
  is("HTTP/1.0", lines("GET /v1/health HTTP/1.0", HOST), [200, 505, ...refused]),
  is("HTTP/2.0", lines("GET /v1/health HTTP/2.0", HOST), [200, 505, ...refused]),
  is("HTTP/2's own beginning", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", [404, 405, 501, 505, ...refused]),
  is("TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", refused),
  is("nothing but NULs", "\0".repeat(100), refused),
  is("a request line without an end", `GET /${"x".repeat(200_000)}`, [400, 414, 431, 0]),
];

const hosts: readonly WireCase[] = [
  is("no Host", lines("GET /v1/health HTTP/1.1", LAST), [200, ...refused]),
  is("an empty Host", lines("GET /v1/health HTTP/1.1", "Host:", LAST), [200, ...refused]),
  is("two Hosts", lines("GET /v1/health HTTP/1.1", HOST, "Host: evil.example", LAST), [200, ...refusedBefore]),
  is("another Host", lines("GET /v1/health HTTP/1.1", "Host: evil.example", LAST), 200),
  is("a Host with a path", lines("GET /v1/health HTTP/1.1", "Host: HOST/v1/rooms", LAST), [200, 404, ...refused]),
  is("a Host with a user", lines("GET /v1/health HTTP/1.1", "Host: a:b@HOST", LAST), [200, ...refused]),
  is("a Host with a port that is none", lines("GET /v1/health HTTP/1.1", "Host: HOST:99999", LAST), [
    200,
    ...refusedBefore,
  ]),
  is("a Host with a line end, encoded", lines("GET /v1/health HTTP/1.1", "Host: a%0d%0ab", LAST), [
    200,
    ...refusedBefore,
  ]),
];

const accepted = (what: string, ...headers: string[]) => is(what, lines(read, HOST, KEY, LAST, ...headers), 200);
/** They change nothing: neither what is done nor what is answered. */
const headers: readonly WireCase[] = [
  is("X-HTTP-Method-Override", published(["X-HTTP-Method-Override: DELETE", "Content-Length: 10"]), 201),
  is(
    "X-Method-Override and _method",
    lines(
      `${publish.replace("messages", "messages?_method=DELETE")}`,
      HOST,
      KEY,
      JSON_TYPE,
      LAST,
      "X-Method-Override: DELETE",
      "Content-Length: 10",
    ) + body,
    201,
  ),
  accepted("Range", "Range: bytes=0-1"),
  accepted("a Range that is none", "Range: bytes=9-1,-0"),
  accepted("If-None-Match", "If-None-Match: *"),
  accepted("If-Match", 'If-Match: "x"'),
  accepted("If-Modified-Since", "If-Modified-Since: Thu, 01 Jan 2099 00:00:00 GMT"),
  accepted("an Accept of something else", "Accept: text/html;q=1, application/json;q=0"),
  accepted("an Accept-Language that is none", "Accept-Language: \xff"),
  accepted(
    "X-Forwarded-For and its kin",
    "X-Forwarded-For: 127.0.0.1",
    "Forwarded: for=127.0.0.1",
    "X-Real-IP: ::1",
    "True-Client-IP: x",
  ),
  accepted(
    "X-Original-URL",
    "X-Original-URL: /v1/nothing",
    "X-Rewrite-URL: /v1/nothing",
    "X-Forwarded-Path: /v1/nothing",
  ),
  accepted("X-Forwarded-Host", "X-Forwarded-Host: evil.example", "X-Forwarded-Proto: gopher"),
  accepted("a cookie of 16 KiB", `Cookie: a=${"x".repeat(16_384)}`),
  accepted("1,000 cookies", `Cookie: ${Array.from({ length: 1000 }, (_, n) => `c${n}=1`).join("; ")}`),
  accepted("300 headers", ...Array.from({ length: 300 }, (_, n) => `X-Header-${n}: 1`)),
  accepted("a header without a value", "X-Empty:"),
  accepted("a header of Object.prototype", "__proto__: 1", "constructor: 1"),
  accepted("Expect, without a body", "Expect: 100-continue"),
  accepted("an upgrade to something else", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__"),
  is("an Accept-Encoding of nothing", lines(read, HOST, KEY, LAST, "Accept-Encoding: identity;q=0, *;q=0"), [
    200,
    ...refusedBefore,
  ]),
  is("Expect: 100-continue", published(["Expect: 100-continue", "Content-Length: 10"]), [100, 201], [201, 0]),
  is("an Expect that is none", published(["Expect: a-miracle", "Content-Length: 10"]), [201, 417, ...refused]),
  is("a header that is folded", lines(read, HOST, KEY, LAST, "X-Folded: a\r\n b"), [200, ...refused]),
  is("a header without a colon", lines(read, HOST, KEY, LAST, "nonsense"), refused),
  is("a header without a name", lines(read, HOST, KEY, LAST, ": x"), [200, ...refused]),
  is("a header with a NUL", lines(read, HOST, KEY, LAST, "X-Nul: a\0b"), [200, ...refused]),
  is("a header of 300 KB", lines(read, HOST, KEY, LAST, `X-Large: ${"x".repeat(300_000)}`), [
    200,
    413,
    431,
    ...refused,
  ]),
  is("two credentials, both good", lines(read, HOST, KEY, KEY, LAST), 401),
  is("two credentials, one good", lines(read, HOST, KEY, "Authorization: Bearer x", LAST), 401),
  is("a credential in a cookie", lines(read, HOST, "Cookie: authorization=Bearer KEY; token=KEY", LAST), 401),
  is("a credential for the proxy", lines(read, HOST, "Proxy-Authorization: Bearer KEY", "X-Api-Key: KEY", LAST), 401),
  is("a credential with a comma", lines(read, HOST, "Authorization: Bearer KEY,", LAST), 401),
  is("a credential with a parameter", lines(read, HOST, 'Authorization: Bearer token="KEY"', LAST), 401),
];

const upgrade = "GET /v1/rooms/ROOM/connect HTTP/1.1";
const UPGRADE = ["Connection: Upgrade", "Upgrade: websocket"];
const WS_KEY = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
const VERSION = "Sec-WebSocket-Version: 13";
const upgrades: readonly WireCase[] = [
  is("to something else", lines(upgrade, HOST, KEY, "Connection: Upgrade", "Upgrade: h2c", WS_KEY, VERSION), 426),
  is(
    "to two things",
    lines(upgrade, HOST, KEY, "Connection: Upgrade", "Upgrade: websocket, h2c", WS_KEY, VERSION),
    426,
  ),
  is("without Connection", lines(upgrade, HOST, KEY, "Upgrade: websocket", WS_KEY, VERSION, LAST), [
    101,
    426,
    ...refused,
  ]),
  is("without a key", lines(upgrade, HOST, KEY, ...UPGRADE, VERSION), refused),
  is("with an empty key", lines(upgrade, HOST, KEY, ...UPGRADE, "Sec-WebSocket-Key:", VERSION), refused),
  is("without a version", lines(upgrade, HOST, KEY, ...UPGRADE, WS_KEY), [426, ...refused]),
  is("of an old version", lines(upgrade, HOST, KEY, ...UPGRADE, WS_KEY, "Sec-WebSocket-Version: 8"), [426, ...refused]),
  is("of a version to come", lines(upgrade, HOST, KEY, ...UPGRADE, WS_KEY, "Sec-WebSocket-Version: 14"), [
    426,
    ...refused,
  ]),
  is("by HTTP/1.0", lines(upgrade.replace("1.1", "1.0"), HOST, KEY, ...UPGRADE, WS_KEY, VERSION), [
    101,
    426,
    505,
    ...refused,
  ]),
  is("by POST", lines(upgrade.replace("GET", "POST"), HOST, KEY, ...UPGRADE, WS_KEY, VERSION, "Content-Length: 0"), [
    405,
    ...refused,
  ]),
  is(
    "with 5,000 subprotocols",
    lines(upgrade, HOST, KEY, ...UPGRADE, WS_KEY, VERSION, `Sec-WebSocket-Protocol: ${"x, ".repeat(5000)}y`),
    [400, 431],
  ),
  is(
    "with subprotocols that are none",
    lines(upgrade, HOST, KEY, ...UPGRADE, WS_KEY, VERSION, "Sec-WebSocket-Protocol: ,;=()<>@"),
    400,
  ),
  is(
    "where nothing can be connected to",
    lines(upgrade.replace("connect", "messages"), HOST, KEY, ...UPGRADE, WS_KEY, VERSION),
    200,
  ),
  is(
    "where there is nothing",
    lines(upgrade.replace("connect", "nothing"), HOST, KEY, ...UPGRADE, WS_KEY, VERSION),
    404,
  ),
];

export const heads = { requestLines, hosts, headers, upgrades };
