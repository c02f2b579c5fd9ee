import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { channelUrl } from "../support/client.ts";
import { positionOf } from "../support/frames.ts";
import { knock } from "../support/handshake.ts";
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

describe("numbers in a query", () => {
  it.each(["messages?limit=1", "messages?limit=1000", "presence?limit=0", "presence?limit=1000"])(
    "HTTP-3 200 for /%s",
    async (end) => {
      expect((await get(`/v1/rooms/${room}/${end}`)).status).toBe(200);
    },
  );
});

describe("cursors in a query", () => {
  it("CURSOR-1 200 for the largest seq there can be, with a gap that says so", async () => {
    const after = `${epoch}-9007199254740991`;
    const answer = await get(`/v1/rooms/${room}/messages?after=${after}`);
    expect([answer.status, answer.body.gap]).toEqual([200, { after, oldest: `${epoch}-1`, reason: "ahead" }]);
  });
});

describe("words in a query", () => {
  it.each(["messages?unknown=1", "messages?unknown=1&unknown=2", "messages?&&", "presence?__proto__=1"])(
    "GROW-2 200 for /%s",
    async (end) => {
      expect((await get(`/v1/rooms/${room}/${end}`)).status).toBe(200);
    },
  );
});

describe("the query of a connect", () => {
  const url = (query: string) => `${channelUrl(service.origin(), `room:${room}`, "connect")}?${query}`;
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
