import { afterAll, describe, expect, it } from "vitest";
import { channelUrl } from "../support/client.ts";
import { call } from "../support/http.ts";
import { expectProblem, type Refusal } from "../support/problem.ts";
import { type RawRequest, rawCall } from "../support/raw-http.ts";
import { apiKey, uniqueRoom } from "../support/service.ts";
import { useSharedService } from "../support/shared-service.ts";

const service = useSharedService();
const room = uniqueRoom("body");
const bearer = `Authorization: Bearer ${apiKey}`;

const raw = (request: RawRequest) =>
  rawCall(service.origin(), { ...request, headers: [bearer, ...(request.headers ?? [])] });
const post = (body: string | Uint8Array, headers: Record<string, string> = {}) =>
  call("POST", channelUrl(service.origin(), `room:${room}`, "messages"), { token: apiKey, body, headers });

const tooLarge: Refusal = { status: 413, code: "too_large" };
const nested = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`;

afterAll(() => service.canary(room));

describe("bodies", () => {
  it.each<[string, string]>([
    ["data with a depth of 64", `{"data":${nested(64)}}`],
    ["an id of 64 characters", `{"id":"${"x".repeat(64)}","data":1}`],
    ["an id with a space", '{"id":"a b","data":1}'],
    ["an event of 64 characters", `{"event":"${"x".repeat(64)}","data":1}`],
    ["every character an event may have", '{"event":"Az09_.:-","data":1}'],
    ["data that is null", '{"data":null}'],
    ["fields that are not known, or the server's own", '{"data":1,"seq":7,"at":1,"later":{}}'],
    ["a __proto__ besides", '{"data":1,"__proto__":{"event":"forged"}}'],
  ])("GROW-2 takes %s", async (_what, body) => {
    const answer = await post(body);
    expect([answer.status, Object.keys(answer.body).sort()]).toEqual([201, ["at", "cursor", "id", "seq"]]);
  });

  it.each(["application/json; charset=utf-8", "Application/JSON", "application/json;charset=UTF-8"])(
    "HTTP-4 takes a body called %s",
    async (type) => {
      expect((await post('{"data":1}', { "content-type": type })).status).toBe(201);
    },
  );

  it.each<[string, (bytes: string) => Pick<RawRequest, "headers" | "body">]>([
    ["with Content-Length", (body) => ({ headers: [`Content-Length: ${body.length}`], body: [body] })],
    [
      "in chunks",
      (body) => ({
        headers: ["Transfer-Encoding: chunked"],
        body: [`${body.length.toString(16)}\r\n`, body, "\r\n0\r\n\r\n"],
      }),
    ],
  ])("HTTP-4 refuses 2 MiB %s", async (_how, framed) => {
    const { headers = [], body = [] } = framed(`{"data":"${"x".repeat(2 * 1024 * 1024)}"}`);
    const path = `/v1/rooms/${room}/messages`;
    const type = "Content-Type: application/json";
    expectProblem(await raw({ method: "POST", path, headers: [type, ...headers], body }), tooLarge);
  });
});
