import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { channelUrl } from "../support/client.ts";
import { positionOf } from "../support/frames.ts";
import { knock } from "../support/handshake.ts";
import { expectProblem } from "../support/problem.ts";
import { rawCall } from "../support/raw-http.ts";
import { apiKey, uniqueRoom } from "../support/service.ts";
import { useSharedService } from "../support/shared-service.ts";

const service = useSharedService();
const room = uniqueRoom("query");
let epoch = "";

beforeAll(async () => {
  epoch = positionOf(await service.fill(room, 3)).epoch;
});
afterAll(() => service.canary(room));

const headers = [`Authorization: Bearer ${apiKey}`];
const get = (path: string) => rawCall(service.origin(), { method: "GET", path, headers });
const badRequest = { status: 400, code: "bad_request" };
const badCursor = { status: 400, code: "bad_cursor" };

/** What is no whole number in plain digits, as it stands in a URL. */
const noNumbers = [
  "",
  "-1",
  "%2B1",
  "1.5",
  "1.0",
  "1e3",
  "0x10",
  "1e9",
  "1000000000",
  "%EF%BC%91",
  "%201",
  "NaN",
  "ten",
  "1,2",
  "01",
];
/** What is no cursor: unknown forms of the parts, and a seq that no log can reach. */
const noCursors = [
  "",
  "5",
  "-5",
  "k3f9x2ab",
  "k3f9x2ab-",
  "k3f9x2ab--1",
  "k3f9x2ab-%2B1",
  "k3f9x2ab-00",
  "k3f9x2ab-01",
  "k3f9x2ab-1.0",
  "k3f9x2ab-1e3",
  "k3f9x2ab-0x1",
  "k3f9x2ab-%EF%BC%91",
  "k3f9x2ab-9007199254740992",
  `k3f9x2ab-${"9".repeat(400)}`,
  "K3F9X2AB-1",
  "k3f9-1",
  "k3f9x2abk3f9x2abk-1",
  "k3f9x2ab-1-2",
  "k3f9x2ab-1%00",
  "%20k3f9x2ab-1",
  "k3f9x2ab_1",
];

describe("numbers in a query", () => {
  const parameters: [string, string][] = [
    ["messages", "limit"],
    ["presence", "limit"],
    ["messages", "from"],
    ["messages", "to"],
  ];
  const inRange = (name: string, value: string) => name !== "limit" && value === "1000000000";
  const cases = parameters.flatMap(([endpoint, name]) =>
    noNumbers.filter((value) => !inRange(name, value)).map((value) => [`/${endpoint}?${name}=${value}`]),
  );
  it.each(cases)("HTTP-3 400 for %s", async (end) => {
    expectProblem(await get(`/v1/rooms/${room}${end}`), badRequest);
  });

  it.each(["messages?limit=0", "messages?limit=1001", "presence?limit=1001"])("HTTP-3 400 for /%s", async (end) => {
    expectProblem(await get(`/v1/rooms/${room}/${end}`), badRequest);
  });

  it.each(["messages?limit=1", "messages?limit=1000", "presence?limit=0", "presence?limit=1000"])(
    "HTTP-3 200 for /%s",
    async (end) => {
      expect((await get(`/v1/rooms/${room}/${end}`)).status).toBe(200);
    },
  );
});

describe("cursors in a query", () => {
  it.each(["after", "before"].flatMap((name) => noCursors.map((cursor) => [name, cursor])))(
    "CURSOR-1 400 for ?%s=%s",
    async (name, cursor) => {
      expectProblem(await get(`/v1/rooms/${room}/messages?${name}=${cursor}`), badCursor);
    },
  );

  it("CURSOR-1 200 for the largest seq there can be, with a gap that says so", async () => {
    const after = `${epoch}-9007199254740991`;
    const answer = await get(`/v1/rooms/${room}/messages?after=${after}`);
    expect([answer.status, answer.body.gap]).toEqual([200, { after, oldest: `${epoch}-1`, reason: "ahead" }]);
  });
});

describe("words in a query", () => {
  it.each([
    "messages?order=",
    "messages?order=ASC",
    "messages?order=up",
    "messages?limit=1&limit=1",
    "messages?limit=1&limit=2",
    "messages?order=asc&order=desc",
    "messages?after=k3f9x2ab-1&after=k3f9x2ab-1",
    "presence?limit=1&limit=1",
  ])("HTTP-3 400 for /%s", async (end) => {
    const answer = await get(`/v1/rooms/${room}/${end}`);
    expect(answer.status, answer.text).toBe(400);
    expect(["bad_request", "bad_cursor"]).toContain(answer.body.code);
  });

  it.each(["messages?unknown=1", "messages?unknown=1&unknown=2", "messages?&&", "presence?__proto__=1"])(
    "GROW-2 200 for /%s",
    async (end) => {
      expect((await get(`/v1/rooms/${room}/${end}`)).status).toBe(200);
    },
  );
});

describe("the query of a connect", () => {
  const url = (query: string) => `${channelUrl(service.origin(), `room:${room}`, "connect")}?${query}`;
  const refused = async (query: string) => {
    const result = await knock(url(query), { token: apiKey });
    if (result.outcome !== "refused") throw new Error(`${query}: ${JSON.stringify(result)}`);
    return result.answer;
  };

  it.each([
    ...noNumbers.map((value) => `rewind=${value}`),
    "rewind=1001",
    "rewind=1&rewind=1",
    "rewind=1&after=k3f9x2ab-1",
    "presence=",
    "presence=all",
    "presence=Members",
    "member=",
    "member=2",
    "member=true",
    "echo=",
    "echo=no",
    "acks=",
    "acks=single!",
    "data=",
    "data=%7B",
    `data=%22${"x".repeat(1_023)}%22`,
    "data=1&data=1",
    "user=",
    "user=a%20b",
    "user=..",
    `user=${"x".repeat(129)}`,
  ])("CONNECT-3 400 for %s", async (query) => {
    const answer = await refused(query);
    expect(["bad_request", "bad_json", "bad_id", "too_large", "bad_cursor"]).toContain(answer.body.code);
    if (answer.body.code !== "too_large") expect(answer.status).toBe(400);
    expectProblem(answer, { status: answer.status, code: String(answer.body.code) });
  });

  it.each(noCursors.map((cursor) => [cursor]))("CURSOR-1 400 bad_cursor for after=%s", async (cursor) => {
    expectProblem(await refused(`after=${cursor}`), badCursor);
  });

  it.each([
    "rewind=0",
    "rewind=1000",
    "presence=none",
    "presence=count&member=0&echo=0&acks=batch",
    "member=1&echo=1",
    `data=%22${"x".repeat(1_022)}%22`,
    "unknown=1&unknown=2",
  ])("CONNECT-3 welcome for %s", async (query) => {
    expect((await knock(url(query), { token: apiKey })).outcome).toBe("welcome");
  });
});
