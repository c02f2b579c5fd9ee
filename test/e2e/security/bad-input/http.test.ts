import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { expectProblem } from "../../../support/problem.ts";
import { type RawRequest, rawCall } from "../../../support/raw-http.ts";
import { apiKey, authSecret, uniqueRoom } from "../../../support/service.ts";
import { useSharedService } from "../../../support/shared-service.ts";
import { ECHO } from "./http-case.ts";
import { HTTP_CASES } from "./http-cases.ts";

const service = useSharedService();
const room = uniqueRoom("bad-http");

beforeAll(async () => {
  await service.fill(room, 3);
});
afterEach(() => service.canary(room));

function send({ path, body, headers = [], ...rest }: RawRequest) {
  const here = (piece: string | Uint8Array) => (typeof piece === "string" ? piece.replaceAll("ROOM", room) : piece);
  const request = {
    ...rest,
    path: path.replaceAll("ROOM", room),
    headers: [`Authorization: Bearer ${apiKey}`, ...headers],
  };
  return rawCall(service.origin(), body === undefined ? request : { ...request, body: body.map(here) });
}

describe.each(Object.entries(HTTP_CASES))("%s", (_group, cases) => {
  it(`HTTP-1 HTTP-2 HTTP-3 HTTP-4 ${cases.length} that are wrong are each a problem of their own, and the room goes on`, async () => {
    const wrong: string[] = [];
    for (const { what, request, status, code = "" } of cases)
      try {
        const answer = await send(request);
        expectProblem(answer, { status, code }, [apiKey, authSecret, ECHO, room]);
      } catch (error) {
        wrong.push(`${what}: ${(error as Error).message.split("\n")[0]}`);
      }
    expect(wrong).toEqual([]);
    const page = await service.room<{ messages: unknown[] }>("GET", room, "messages", { query: { limit: 1000 } });
    for (const message of page.body.messages) expect(JSON.stringify(message)).not.toContain(ECHO);
  });
});
