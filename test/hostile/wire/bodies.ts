/** Where a body ends, and what is hidden behind it. */
import {
  body,
  CRLF,
  chunked,
  HOST,
  is,
  KEY,
  LAST,
  lines,
  published,
  read,
  refused,
  refusedBefore,
  smuggled,
  type WireCase,
} from "./request.ts";

const framing: readonly WireCase[] = [
  is("a body in one chunk", chunked(`a\r\n${body}\r\n0\r\n\r\n`), 201),
  is("a body in chunks of a byte", chunked(`${[...body].map((one) => `1\r\n${one}\r\n`).join("")}0\r\n\r\n`), 201),
  is("chunks with extensions", chunked(`a;x=1\r\n${body}\r\n0;y\r\n\r\n`), [201, ...refused]),
  is("trailers behind the chunks", chunked(`a\r\n${body}\r\n0\r\nContent-Length: 5\r\n\r\n`), [201, ...refused]),
  is("a chunk whose size is no number", chunked(`zz\r\n${body}\r\n0\r\n\r\n`), refusedBefore),
  is("a chunk of -1", chunked(`-1\r\n${body}\r\n0\r\n\r\n`), refusedBefore),
  is("a chunk of 0xa", chunked(`0xa\r\n${body}\r\n0\r\n\r\n`), refusedBefore),
  is("a chunk of 2^64 and more", chunked(`1000000000000000a\r\n${body}\r\n0\r\n\r\n`), refusedBefore),
  is("a chunk longer than it says", chunked(`5\r\n${body}\r\n0\r\n\r\n`), refusedBefore),
  is("chunks without an end", chunked(`a\r\n${body}\r\n`), refusedBefore),
  is("a Content-Length of -1", published(["Content-Length: -1"]), refused),
  is("a Content-Length of +10", published(["Content-Length: +10"]), refused),
  is("a Content-Length of 0xa", published(["Content-Length: 0xa"]), refused),
  is("a Content-Length of two numbers", published(["Content-Length: 10, 10"]), [201, ...refused]),
  is("a Content-Length that is empty", published(["Content-Length:"]), refused),
  is("two Content-Lengths that differ", published(["Content-Length: 10", "Content-Length: 5"]), refused),
  is("a Content-Length beyond 64 bits", published(["Content-Length: 99999999999999999999"]), [413, ...refused]),
  is("a body that is cut off", published(["Content-Length: 11"]), refusedBefore),
  is("no length at all", published([]), 400),
  is("a Transfer-Encoding that is none", published(["Transfer-Encoding: xchunked"]), [501, ...refused]),
  is("a Transfer-Encoding of two", published(["Transfer-Encoding: chunked, identity"]), [501, ...refused]),
  is("a Transfer-Encoding of gzip", published(["Transfer-Encoding: gzip, chunked"]), refusedBefore),
  is("Transfer-Encoding behind a tab", published(["Transfer-Encoding:\tchunked"], `a\r\n${body}\r\n0\r\n\r\n`), [
    201,
    ...refused,
  ]),
];

/** A second request, hidden in what might be the first one's body: either it is that, or both are refused. */
const smuggling: readonly WireCase[] = [
  is(
    "a length and chunks",
    published(["Content-Length: 10", "Transfer-Encoding: chunked"], `0\r\n\r\n${smuggled}`),
    refused,
  ),
  is(
    "chunks and a length",
    published(["Transfer-Encoding: chunked", "Content-Length: 10"], `0\r\n\r\n${smuggled}`),
    refused,
  ),
  is("chunks that a space hides", published(["Transfer-Encoding : chunked"], `0\r\n\r\n${smuggled}`), refused),
  is("chunks that a control character hides", published(["Transfer-Encoding: \x0bchunked"], `0\r\n\r\n${smuggled}`), [
    501,
    ...refused,
  ]),
  is(
    "chunks said twice",
    published(["Transfer-Encoding: chunked", "Transfer-Encoding: identity"], `0\r\n\r\n${smuggled}`),
    [501, ...refused],
  ),
  is("a body for a GET", lines(read, HOST, KEY, LAST, `Content-Length: ${smuggled.length}`) + smuggled, 200),
  is(
    "a body for a DELETE",
    lines(
      "DELETE /v1/rooms/ROOM/connections?user=nobody HTTP/1.1",
      HOST,
      KEY,
      LAST,
      `Content-Length: ${smuggled.length}`,
    ) + smuggled,
    200,
  ),
  is("a header with a line feed in it", lines(read, HOST, KEY, `X-One: a\n${LAST}`), [200, ...refused]),
  is("a header with a CR in it", lines(read, HOST, KEY, LAST, "X-One: a\rX-Two: b"), [200, ...refused]),
  is(
    "an id with a space and a version",
    lines(`GET /v1/rooms/a HTTP/1.1${CRLF}X: /messages HTTP/1.1`, HOST, KEY, LAST),
    [405, ...refused],
  ),
];

export const bodies = { framing, smuggling };
