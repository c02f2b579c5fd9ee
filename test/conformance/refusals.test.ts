import { describe, expect, it } from "vitest";
import { channelUrl, type Query } from "../support/channel-url.ts";
import type { PresencePage } from "../support/frames.ts";
import { knock } from "../support/handshake.ts";
import { type Answer, call } from "../support/http.ts";
import { expectProblem } from "../support/problem.ts";
import { apiKey, tokenFor, uniqueRoom } from "../support/service.ts";
import { useSharedService } from "../support/shared-service.ts";
import { seconds, sign } from "../support/tokens.ts";
import { dialled, overSse, type Transport } from "../support/transports.ts";
import { until } from "../support/until.ts";
import { perUser } from "./settings.ts";

const service = useSharedService();

interface Asked {
  room?: string;
  query?: Query;
  /** Written into the URL as it is. */
  search?: string;
  token?: string;
  headers?: Record<string, string>;
}

/** Tries to connect, and returns the answer that refuses it. */
async function refusal(
  transport: Transport,
  { room = "lobby", query, search = "", token, headers = {} }: Asked,
): Promise<Answer> {
  const url = channelUrl(service.origin(), `room:${room}`, transport.endpoint ?? "", query) + search;
  if (transport.name !== "ws") return call("GET", url, { token, headers });
  const result = await knock(url, { headers, ...(token !== undefined && { token }) });
  if (result.outcome !== "refused") throw new Error(`let in: ${JSON.stringify(result)}`);
  return result.answer;
}

const granting = (...operations: string[]) => tokenFor("alice", { "room:*": operations });
const alice = tokenFor("alice");
const unauthenticated = { status: 401, code: "unauthenticated" };
const forbidden = { status: 403, code: "forbidden" };
const badRequest = { status: 400, code: "bad_request" };
const badCursor = { status: 400, code: "bad_cursor" };
const expired = { exp: seconds() - 1, iat: seconds() - 60 };

const everywhere: [what: string, asked: Asked, expected: { status: number; code: string }][] = [
  ["AUTH-4 no token", {}, unauthenticated],
  ["AUTH-4 garbage for a token", { token: "x.y.z" }, unauthenticated],
  ["AUTH-4 an expired token", { token: tokenFor("alice", { "*": ["*"] }, expired) }, unauthenticated],
  [
    "AUTH-4 a token by another secret",
    { token: sign({ claims: { sub: "a" }, secret: "s".repeat(40) }) },
    unauthenticated,
  ],
  ["AUTH-1 a token in the query", { query: { token: alice } }, unauthenticated],
  ["AUTH-6 a token for another room", { token: tokenFor("alice", { "room:other": ["*"] }) }, forbidden],
  ["AUTH-6 no right to subscribe", { token: granting("history", "publish", "presence") }, forbidden],
  [
    "AUTH-6 presence without the right to it",
    { token: granting("subscribe"), query: { presence: "count" } },
    forbidden,
  ],
  ["AUTH-6 member=1 without the right to it", { token: granting("subscribe"), query: { member: 1 } }, forbidden],
  ["AUTH-7 another user than the token's", { token: alice, query: { user: "bob" } }, forbidden],
  ["ID-1 a bad id", { token: alice, room: "a b" }, { status: 400, code: "bad_id" }],
  ["CURSOR-1 no cursor at all", { token: alice, query: { after: "" } }, badCursor],
  ["CURSOR-1 a number for a cursor", { token: alice, query: { after: "7" } }, badCursor],
  ["CURSOR-1 a cursor with a sign", { token: alice, query: { after: "k3f9x2ab--1" } }, badCursor],
  ["CURSOR-1 a cursor of 2^53", { token: alice, query: { after: `k3f9x2ab-${2 ** 53}` } }, badCursor],
  ["HTTP-3 a cursor twice", { token: alice, search: "?after=k3f9x2ab-1&after=k3f9x2ab-1" }, badRequest],
  ["CONNECT-3 an unknown kind of presence", { token: alice, query: { presence: "all" } }, badRequest],
  ["CONNECT-3 an unknown membership", { token: alice, query: { member: "yes" } }, badRequest],
  ["CONNECT-3 an unknown echo", { token: alice, query: { echo: 2 } }, badRequest],
  ["CONNECT-3 data that is no JSON", { token: alice, query: { data: "{" } }, { status: 400, code: "bad_json" }],
  [
    "CONNECT-3 much data",
    { token: alice, query: { data: `"${"x".repeat(1023)}"` } },
    { status: 413, code: "too_large" },
  ],
  ["HTTP-6 a bad cursor without a token", { query: { after: "7" } }, unauthenticated],
];

const rewinds: typeof everywhere = [
  ["CONNECT-3 after and rewind", { token: alice, query: { after: "k3f9x2ab-1", rewind: 1 } }, badRequest],
  ["CONNECT-3 rewind=1001", { token: alice, query: { rewind: 1001 } }, badRequest],
  ["CONNECT-3 rewind=-1", { token: alice, query: { rewind: -1 } }, badRequest],
  ["AUTH-6 rewind without the right to history", { token: granting("subscribe"), query: { rewind: 1 } }, forbidden],
];

const ofPolls: typeof everywhere = [
  ["POLL-1 timeout=61", { token: alice, query: { timeout: 61 } }, badRequest],
  ["POLL-1 timeout=1.5", { token: alice, query: { timeout: "1.5" } }, badRequest],
  ["POLL-2 signals=2", { token: alice, query: { signals: 2 } }, badRequest],
];

const ofStreams: typeof everywhere = [
  ["SSE-1 a Last-Event-ID that is no cursor", { token: alice, headers: { "last-event-id": "7" } }, badCursor],
  ["SSE-3 named=yes", { token: alice, query: { named: "yes" } }, badRequest],
];

const cases = (transport: Transport) => [
  ...everywhere,
  ...(transport.name === "poll" ? ofPolls : rewinds),
  ...(transport === overSse ? ofStreams : []),
];

describe.concurrent.each(dialled)("over $name refuses", (transport) => {
  it.each(cases(transport))("%s", async (_what, asked, expected) => {
    expectProblem(await refusal(transport, asked), expected);
  });

  it("AUTH-4 with the same body, whatever is wrong with a credential, and says how to authenticate", async () => {
    const answers = await Promise.all(
      [undefined, "x.y.z", tokenFor("alice", { "*": ["*"] }, expired)].map((token) =>
        refusal(transport, token === undefined ? {} : { token }),
      ),
    );
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    for (const { headers } of answers) expect(headers.get("www-authenticate")).toMatch(/^Bearer/);
  });

  it("CONNECT-5 one connection more than a user may have, and only theirs, until one has gone", async () => {
    const room = uniqueRoom("crowd");
    const query = { member: 1, timeout: 3 };
    const join = (user: string) => service.subscribe(transport, user, room, { ...query, user }, { token: apiKey });
    const [first] = await Promise.all(Array.from({ length: perUser }, () => join("crowd")));
    // A poll counts while it is open, and the last of them may still be on its way.
    const areThere = async () => {
      const { body } = await service.room<PresencePage>("GET", room, "presence");
      return body.members[0]?.connections === perUser;
    };
    await until(areThere, { what: `${perUser} connections` });
    const answer = await refusal(transport, { room, query: { user: "crowd" }, token: apiKey });
    expectProblem(answer, { status: 429, code: "rate_limited" });
    await join("other");
    first?.terminate();
    await until(() => join("crowd").catch(() => false), { what: "room for one more" });
  });
});
