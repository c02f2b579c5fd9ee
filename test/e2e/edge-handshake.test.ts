import { afterAll, describe, expect, it } from "vitest";
import { channelUrl, type Query } from "../support/client.ts";
import { type Knock, type KnockOptions, knock } from "../support/handshake.ts";
import { expectProblem, type Refusal } from "../support/problem.ts";
import { apiKey, tokenFor, uniqueRoom } from "../support/service.ts";
import { useSharedService } from "../support/shared-service.ts";

const service = useSharedService();
const room = uniqueRoom("handshake");
const version = "edgewire.v1";
const carrying = (token: string) => [version, `edgewire.token.${token}`];

afterAll(() => service.canary(room));

const tryAt = (options: KnockOptions, query: Query = {}, id = room): Promise<Knock> =>
  knock(channelUrl(service.origin(), `room:${id}`, "connect", query), options);

function expectRefused(result: Knock, refusal: Refusal): void {
  if (result.outcome !== "refused") throw new Error(`not refused over HTTP, but ${JSON.stringify(result)}`);
  expectProblem(result.answer, refusal);
}

describe("a refused handshake", () => {
  const noRights = () => tokenFor("alice", {});
  const refusals: [string, () => string, Query, Refusal, number][] = [
    ["a bad token", () => "x.y.z", {}, { status: 401, code: "unauthenticated" }, 4401],
    ["no right to the room", noRights, {}, { status: 403, code: "forbidden" }, 4403],
    ["another user's name", () => tokenFor("alice"), { user: "bob" }, { status: 403, code: "forbidden" }, 4403],
    ["a bad cursor", () => apiKey, { after: "x" }, { status: 400, code: "bad_cursor" }, 4400],
    ["a bad option", () => apiKey, { presence: "x" }, { status: 400, code: "bad_request" }, 4400],
    ["after and rewind", () => apiKey, { after: "k3f9x2ab-1", rewind: 1 }, { status: 400, code: "bad_request" }, 4400],
  ];

  it.each(refusals)(
    "CONNECT-2 for %s is plain HTTP to a client without subprotocols",
    async (_why, token, query, refusal) => {
      expectRefused(await tryAt({ token: token() }, query), refusal);
    },
  );

  it.each(refusals)(
    "CONNECT-2 for %s is a close to a client with edgewire.v1",
    async (_why, token, query, { code }, close) => {
      const closed = { outcome: "closed", protocol: version, closed: { code: close, reason: code } };
      expect(await tryAt({ token: token(), protocols: [version] }, query)).toEqual(closed);
      expect(await tryAt({ protocols: carrying(token()) }, query)).toEqual(closed);
    },
  );

  it("CONNECT-2 for want of a token is 401, or a close", async () => {
    expectRefused(await tryAt({}), { status: 401, code: "unauthenticated" });
    const closed = { code: 4401, reason: "unauthenticated" };
    expect(await tryAt({ protocols: [version] })).toMatchObject({ outcome: "closed", closed });
  });
});

describe("subprotocols", () => {
  it.each([
    ["the version and the token", () => carrying(tokenFor("alice"))],
    ["the token first", () => carrying(tokenFor("alice")).toReversed()],
    ["a version to come before it", () => ["edgewire.v2", ...carrying(tokenFor("alice"))]],
    ["a version to come after it", () => [...carrying(tokenFor("alice")), "edgewire.v17"]],
    ["others around it", () => ["graphql-ws", ...carrying(tokenFor("alice")), "mqtt"]],
    ["the API key as token", () => carrying(apiKey)],
  ])("CONNECT-1 with %s are answered with edgewire.v1 alone", async (_what, protocols) => {
    expect(await tryAt({ protocols: protocols() })).toMatchObject({ outcome: "welcome", protocol: version });
  });

  it("CONNECT-1 with the token in a header are answered with edgewire.v1", async () => {
    const result = await tryAt({ token: tokenFor("alice"), protocols: [version] });
    expect(result).toMatchObject({ outcome: "welcome", protocol: version });
  });
});
