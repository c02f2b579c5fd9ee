import type { RawRequest } from "../../../support/raw-http.ts";

/** One request that is wrong, and what is to be said of it. `ROOM` in a path or body is the room of the test. */
export interface HttpCase {
  readonly what: string;
  readonly request: RawRequest;
  readonly status: number;
  /** Without one: not our answer, but that of the runtime, which reads HTTP before us. */
  readonly code?: string;
}

/** Stands in what is sent, and must not come back. */
export const ECHO = "echo-of-the-input";

export const room = "/v1/rooms/ROOM";
export const ticket = "/v1/tickets";
export const json = "Content-Type: application/json";

export type Body = string | Uint8Array;
export const withBody = (path: string, body: Body, headers: string[] = [json], method = "POST"): RawRequest => ({
  method,
  path,
  headers: [...headers, `Content-Length: ${Buffer.byteLength(body)}`],
  body: [body],
});
export const bad = (what: string, request: RawRequest, code = "bad_request", status = 400): HttpCase => ({
  what,
  request,
  status,
  code,
});

export const get = (path: string, headers: string[] = [], method = "GET"): RawRequest => ({ method, path, headers });
/** What no whole number is, as it stands in a URL. */
export const numbers = [
  "",
  "-1",
  "+1",
  "%20",
  "1.5",
  "1e2",
  "0x10",
  "010",
  "1_0",
  "١",
  "%EF%BC%91",
  "null",
  "1e309",
  "9".repeat(400),
];
