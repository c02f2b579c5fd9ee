import { expect, it } from "vitest";
import { expectProblem } from "../support/problem.ts";
import { rawCall } from "../support/raw-http.ts";
import { apiKey, uniqueRoom } from "../support/service.ts";
import { useSharedService } from "../support/shared-service.ts";

const service = useSharedService();
const headers = [`Authorization: Bearer ${apiKey}`];
const get = (id: string) => rawCall(service.origin(), { method: "GET", path: `/v1/rooms/${id}/messages`, headers });

// A URL parser on the way resolves dots before the service sees them; what remains is another path, or a bad id.
it.each(["..", ".", "%2e%2e", "%2E", ".%2e", "", "a/.."])("ID-1 nothing found or served for the id %j", async (id) => {
  const answer = await get(id);
  expect([400, 404, 405]).toContain(answer.status);
  expectProblem(answer, { status: answer.status, code: String(answer.body.code) });
});

it.each(["a", "x".repeat(128), "Az09-_.~:@|+=", "%41%7C", "...", ".a", "room:x", "__proto__", "constructor", "me"])(
  "ID-1 200 for the id %s",
  async (id) => {
    expect((await get(id)).status).toBe(200);
  },
);

it("ID-2 decodes a path once: %41 is A, and a + is a +", async () => {
  const id = uniqueRoom("A+b");
  await service.publish(id, { data: "here" });
  const read = await get(id.replace("A", "%41").replace("+", "%2B"));
  expect(read.body).toMatchObject({ messages: [{ data: "here" }] });
  const other = await get(id.replace("A", "a"));
  expect(other.body).toMatchObject({ messages: [] });
});

it("ID-1 keeps rooms apart whose names play with the delimiter", async () => {
  const base = uniqueRoom("d");
  await service.publish(`${base}:b`, { data: "b" });
  for (const id of [base, `${base}%3Ab:`, `room:${base}:b`]) {
    expect((await get(id)).body).toMatchObject({ messages: [] });
  }
  expect((await get(`${base}%3Ab`)).body).toMatchObject({ messages: [{ data: "b" }] });
});
