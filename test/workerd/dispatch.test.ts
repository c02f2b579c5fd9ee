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

const notThere = { ok: false, failure: failure("not_found", "You have no such connection to this channel.") };

/** The same in the name of a connection, to a relay and a room that answer so; and who was asked. */
async function publishBy(connection: string, relay: (object | Error)[], room: (object | Error)[]) {
  const asked: string[] = [];
  const answering = (answers: (object | Error)[]) => ({
    getByName: (name: string) => ({
      publish: async () => {
        asked.push(name);
        const answer = answers.shift();
        if (answer instanceof Error) throw answer;
        return answer;
      },
    }),
  });
  const env = { ROOMS: answering(room), RELAYS: answering(relay), LOG_LEVEL: "off" } as never;
  const outcome = await askToPublish(env, { kind: "room", id: "lobby" }, bob, drafts, connection).catch(
    (refusal) => refusal,
  );
  return { outcome, asked };
}

test("ROUTE-2 what a relay takes or refuses is told, and the room is not asked", async () => {
  expect(await publishBy("x~oc.3", [taken], [])).toEqual({ outcome: taken, asked: ["oc.3/lobby"] });
  expect(await publishBy("x~oc.3", [refused], [])).toEqual({ outcome: refused, asked: ["oc.3/lobby"] });
  expect(await publishBy("x~oc.1000", [], [taken])).toEqual({ outcome: taken, asked: ["lobby"] });
});

test("ROUTE-2 if the relay does not hold the connection the room decides, also by refusing", async () => {
  for (const answer of [taken, refused])
    expect(await publishBy("x~oc.3", [notThere], [answer])).toEqual({
      outcome: answer,
      asked: ["oc.3/lobby", "lobby"],
    });
});

test("ROUTE-2 MSG-3 if the relay may have taken it before it lost the connection, the room's refusal is not told", async () => {
  const overloaded = { ok: false, failure: expect.objectContaining({ code: "overloaded" }) };
  const asked = ["oc.3/lobby", "oc.3/lobby", "lobby"];
  expect(await publishBy("x~oc.3", [lost, notThere], [refused])).toEqual({ outcome: overloaded, asked });
  expect(await publishBy("x~oc.3", [lost, notThere], [taken])).toEqual({ outcome: taken, asked });
});

test("ROUTE-2 a relay that cannot be reached is not passed by: what it does with the signal or message is not known", async () => {
  const { outcome, asked } = await publishBy("x~oc.3", [new Error("broken")], [taken]);
  expect(outcome).toMatchObject({ failure: { code: "overloaded" } });
  expect(asked).toEqual(["oc.3/lobby"]);
});
