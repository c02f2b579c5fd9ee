import { expect } from "vitest";
import { expectProblem } from "../../support/problem.ts";
import { type RawRequest, rawCall } from "../../support/raw-http.ts";
import { apiKey } from "../../support/secrets.ts";
import type { HttpCase } from "../http-case.ts";
import { faultsOf, INSIDES, SECRETS, type Target } from "./target.ts";

/** Each is a problem of its own, which says nothing of what was sent. */
export function tryHttp({ service, room }: Target, cases: readonly HttpCase[]): Promise<string[]> {
  const here = <Text extends string | Uint8Array>(piece: Text) =>
    typeof piece === "string" ? (piece.replaceAll("ROOM", room) as Text) : piece;
  return faultsOf(cases, async ({ request: { path, body, headers = [], ...rest }, status, code }) => {
    const request: RawRequest = { ...rest, path: here(path), headers: [`Authorization: Bearer ${apiKey}`, ...headers] };
    if (body !== undefined) {
      request.body = body.map(here);
      const length = request.body.reduce((sum, piece) => sum + Buffer.byteLength(piece), 0);
      request.headers?.push(`Content-Length: ${length}`);
    }
    const answer = await rawCall(service.origin(), request);
    expectProblem(answer, { status, code }, [...SECRETS, room]);
    expect(answer.text).not.toMatch(INSIDES);
    for (const said of saidIn(request)) expect(answer.text).not.toContain(said);
  });
}

/** Values that stand in a request, as they are and decoded, if they are long enough to be recognised. */
function saidIn({ path, body = [] }: RawRequest): string[] {
  const values = path.split(/[/?&=]/).flatMap((value) => [value, decoded(value)]);
  const texts = body.flatMap((piece) => (typeof piece === "string" ? piece.slice(0, 1000).split('"') : []));
  return [...values, ...texts].filter((value) => value.length >= 14);
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
