import { describe, expect, test } from "vitest";
import { readJson } from "../../../src/http/body.ts";

const post = (body: string | ReadableStream) =>
  new Request("http://host/", {
    method: "POST",
    body,
    headers: { "content-type": "application/json" },
    duplex: "half",
  } as RequestInit);
/** A body of that text, and then an error. */
const broken = (text: string) =>
  new ReadableStream({
    start(controller) {
      if (text !== "") controller.enqueue(new TextEncoder().encode(text));
    },
    pull: (controller) => controller.error(new TypeError("the connection was lost")),
  });

describe("HTTP-4", () => {
  test.each(["", '{"data":', '{"data":1}'])("a body that breaks off after %j is the sender's fault", async (text) => {
    await expect(readJson(post(broken(text)), 100)).rejects.toMatchObject({ failure: { code: "bad_request" } });
  });

  test("one that is too large already is that", async () => {
    await expect(readJson(post(broken("x".repeat(101))), 100)).rejects.toMatchObject({
      failure: { code: "too_large" },
    });
  });

  test("a byte order mark is no JSON, as in a frame", async () => {
    await expect(readJson(post("\ufeff1"), 100)).rejects.toMatchObject({ failure: { code: "bad_json" } });
    expect(await readJson(post('"\ufeff"'), 100)).toBe("\ufeff");
  });
});
