import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { channelUrl } from "../support/client.ts";
import { call } from "../support/http.ts";
import { expectProblem, type Refusal } from "../support/problem.ts";
import { type RawRequest, rawCall } from "../support/raw-http.ts";
import { apiKey, authSecret, uniqueRoom } from "../support/service.ts";
import { useSharedService } from "../support/shared-service.ts";

const service = useSharedService();
const room = uniqueRoom("body");
const secrets = [apiKey, authSecret];
const bearer = `Authorization: Bearer ${apiKey}`;

const raw = (request: RawRequest) =>
  rawCall(service.origin(), { ...request, headers: [bearer, ...(request.headers ?? [])] });
const post = (body: string | Uint8Array, headers: Record<string, string> = {}) =>
  call("POST", channelUrl(service.origin(), `room:${room}`, "messages"), { token: apiKey, body, headers });

const badJson: Refusal = { status: 400, code: "bad_json" };
const badRequest: Refusal = { status: 400, code: "bad_request" };
const badType: Refusal = { status: 415, code: "unsupported_media_type" };
const tooLarge: Refusal = { status: 413, code: "too_large" };
const nested = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`;

afterAll(() => service.canary(room));

describe("bodies", () => {
  it.each<[string, string | Uint8Array, Refusal]>([
    ["nothing", "", badJson],
    ["white space", "  \n", badJson],
    ["half an object", "{", badJson],
    ["two objects", '{"data":1}{"data":2}', badJson],
    ["a trailing comma", '{"data":1,}', badJson],
    ["single quotes", "{'data':1}", badJson],
    ["NaN", '{"data":NaN}', badJson],
    [
      "bytes that are not UTF-8",
      new Uint8Array([...Buffer.from('{"data":"'), 0xff, 0xfe, ...Buffer.from('"}')]),
      badJson,
    ],
    ["depth 65", `{"data":${nested(65)}}`, badJson],
    ["depth 30,000", `{"data":${nested(30_000)}}`, badJson],
    ["open brackets without end", '{"data":'.repeat(5_000), badJson],
    ["null", "null", badRequest],
    ["a string", '"data"', badRequest],
    ["a number", "1", badRequest],
    ["an object without data", "{}", badRequest],
    ["an array of numbers", "[1,2]", badRequest],
    ["an array with null", '[{"data":1},null]', badRequest],
    ["an array in an array", '[[{"data":1}]]', badRequest],
    ["an id that is a number", '{"id":1,"data":1}', badRequest],
    ["an empty id", '{"id":"","data":1}', badRequest],
    ["an id of 65 characters", `{"id":"${"x".repeat(65)}","data":1}`, badRequest],
    ["an id beyond ASCII", '{"id":"é","data":1}', badRequest],
    ["an id with a line break", '{"id":"a\\nb","data":1}', badRequest],
    ["an empty event", '{"event":"","data":1}', badRequest],
    ["an event with a space", '{"event":"a b","data":1}', badRequest],
    ["an event of 65 characters", `{"event":"${"x".repeat(65)}","data":1}`, badRequest],
    ["an event that is null", '{"event":null,"data":1}', badRequest],
    ["a reserved event", '{"event":"edgewire.x","data":1}', badRequest],
    ["a user that is none", '{"user":"a b","data":1}', { status: 400, code: "bad_id" }],
    ["only a __proto__", '{"__proto__":{"data":1}}', badRequest],
  ])("HTTP-4 refuses %s", async (_what, body, refusal) => {
    expectProblem(await post(body), refusal, secrets);
  });

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

  it.each<[string, Record<string, string>, Refusal]>([
    ["text/plain", { "content-type": "text/plain" }, badType],
    ["a form", { "content-type": "application/x-www-form-urlencoded" }, badType],
    ["something like JSON", { "content-type": "application/jsonx" }, badType],
  ])("HTTP-4 refuses a body called %s", async (_what, headers, refusal) => {
    expectProblem(await post('{"data":1}', headers), refusal);
  });

  it.each(["application/json; charset=utf-8", "Application/JSON", "application/json;charset=UTF-8"])(
    "HTTP-4 takes a body called %s",
    async (type) => {
      expect((await post('{"data":1}', { "content-type": type })).status).toBe(201);
    },
  );

  it("HTTP-4 refuses a body without a type", async () => {
    const body = '{"data":1}';
    const path = `/v1/rooms/${room}/messages`;
    const answer = await raw({ method: "POST", path, headers: [`Content-Length: ${body.length}`], body: [body] });
    expectProblem(answer, badType);
  });

  it("HTTP-4 refuses a compressed body", async () => {
    const answer = await post(gzipSync('{"data":1}'), { "content-encoding": "gzip" });
    expect([400, 415]).toContain(answer.status);
  });

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

  it("ID-3 refuses a signal without an event, and takes one with", async () => {
    const send = (body: unknown) => service.room("POST", room, "signals", { body });
    for (const body of [
      { data: 1 },
      { event: "a b", data: 1 },
      { event: 1, data: 1 },
      [{ event: "e", data: 1 }],
      null,
    ]) {
      expectProblem(await send(body), badRequest);
    }
    expect((await send({ event: "e", data: 1 })).status).toBe(202);
  });
});
