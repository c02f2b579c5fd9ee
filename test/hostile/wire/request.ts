/**
 * What is odd below HTTP's own words: bytes as they are sent. Most of it is answered by the runtime, which reads requests
 * before the service does; what counts is that nothing of it is taken for another request, and nobody is the worse for it.
 */

export interface WireCase {
  readonly what: string;
  /** Sent as Latin-1. `HOST`, `ROOM` and `KEY` (the API key) are those of the test. */
  readonly sent: string;
  /** Statuses that each of the answers may have, in their order; 0: or the connection ends without it. */
  readonly answers: readonly (readonly number[])[];
}

export const CRLF = "\r\n";
export const lines = (...all: string[]) => all.join(CRLF) + CRLF + CRLF;
export const HOST = "Host: HOST";
export const KEY = "Authorization: Bearer KEY";
export const LAST = "Connection: close";
export const JSON_TYPE = "Content-Type: application/json";
/** Nobody may find this in the log. */
export const SMUGGLED = "smuggled";

export const body = '{"data":1}';
export const publish = "POST /v1/rooms/ROOM/messages HTTP/1.1";
export const read = "GET /v1/rooms/ROOM/messages?limit=1 HTTP/1.1";
export const health = lines("GET /v1/health HTTP/1.1", HOST);
export const lastHealth = lines("GET /v1/health HTTP/1.1", HOST, LAST);
export const smuggled = `${lines(publish, HOST, KEY, JSON_TYPE, "Content-Length: 19")}{"data":"${SMUGGLED}"}`;

export const is = (what: string, sent: string, ...answers: (number | readonly number[])[]): WireCase => ({
  what,
  sent,
  answers: answers.map((answer) => (typeof answer === "number" ? [answer] : answer)),
});
/** Refused, or not even answered. */
export const refused = [400, 0];
/** The same by whoever reads it before us: `wrangler dev` has a proxy in front, which fails with what it passes on. */
export const refusedBefore = [400, 415, 500, 501, 505, 0];

/** A good publish, but for these header lines; and what comes behind its headers. */
export const published = (headers: string[], content: string = body) =>
  lines(publish, HOST, KEY, JSON_TYPE, LAST, ...headers) + content;
export const chunked = (content: string) => published(["Transfer-Encoding: chunked"], content);
