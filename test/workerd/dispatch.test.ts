import { expect, test, vi } from "vitest";
import type { Identity } from "../../src/core/identity.ts";
import { askToPublish } from "../../src/http/dispatch.ts";
import { failure } from "../../src/protocol/codes.ts";
import { ALL_OPERATIONS } from "../../src/protocol/operations.ts";

const bob: Identity = {
  ...{ user: "bob", kind: "user", operations: ALL_OPERATIONS },
  ...{ issuedAt: 1, expires: null, info: null },
};
const drafts = [{ id: "m1", event: "message", data: 1, user: "bob" }];
const lost = Object.assign(new Error("the answer was lost"), { retryable: true });
const refused = { ok: false, failure: failure("unauthenticated", "The token is revoked.") };
const taken = { ok: true, value: { results: ["{}"], isNew: false } };

/** Publishes to an object that answers so, one after the other. */
function publishTo(...answers: (object | Error)[]) {
  const publish = vi.fn(async () => {
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    return answer;
  });
  const env = { ROOMS: { getByName: () => ({ publish }) }, LOG_LEVEL: "off" } as never;
  return askToPublish(env, { kind: "room", id: "lobby" }, bob, drafts, null);
}

// Found by the simulation, seed 885: the first try was stored, its answer lost, and the user logged out meanwhile.
test("MSG-3 a refusal of the edge's second try is not told: the first may have been taken", async () => {
  expect(await publishTo(lost, refused)).toMatchObject({ ok: false, failure: { code: "overloaded" } });
});

test("MSG-3 a refusal of the first try, and what the second has taken, are told as they are", async () => {
  expect(await publishTo(refused)).toEqual(refused);
  expect(await publishTo(lost, taken)).toEqual(taken);
});
