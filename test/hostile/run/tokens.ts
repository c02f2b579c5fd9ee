import { expect } from "vitest";
import type { Client } from "../../support/client.ts";
import { expectProblem } from "../../support/problem.ts";
import type { TokenCase } from "../tokens.ts";
import { faultsOf, inRuns, SECRETS, type Target } from "./target.ts";

/** As many as cause errors in a minute without being closed for it. */
const PER_CONNECTION = 80;

/** Each is the same 401 over HTTP, and an error in a frame, which leaves the connection the rights it has. */
export async function tryTokens({ service, room }: Target, cases: readonly TokenCase[]): Promise<string[]> {
  const bodies = new Set<string>();
  const attempt =
    (client: Client) =>
    async ({ make }: TokenCase) => {
      const token = make();
      const answer = await service.room("GET", room, "messages", { token });
      expectProblem(answer, { status: 401, code: "unauthenticated" }, [...SECRETS]);
      expect(answer.headers.get("www-authenticate")).toBe("Bearer");
      bodies.add(answer.text);
      const error = await client.request({ type: "auth", token });
      expect(error).toEqual({ type: "error", ref: error.ref, code: "unauthenticated", message: expect.any(String) });
    };
  const faults = await Promise.all(
    inRuns(cases, PER_CONNECTION).map(async (run) => {
      const client = await service.join("alice", room);
      const found = await faultsOf(run, attempt(client), 4);
      expect(await client.request({ type: "members", limit: 0 })).toMatchObject({ type: "ack" });
      await client.close();
      return found;
    }),
  );
  if (bodies.size > 1) faults.push([`told apart by ${bodies.size} answers`]);
  return faults.flat();
}
