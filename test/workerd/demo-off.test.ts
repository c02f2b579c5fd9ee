import { expect, it } from "vitest";
import { worker } from "./support/service.ts";

it.each([
  ["GET", "/"],
  ["POST", "/"],
  ["GET", "/demo/index.html"],
  ["GET", "/demo/main.js"],
  ["GET", "/demo/config"],
  ["POST", "/demo/tokens"],
  ["GET", "/demo/usage?room=demo-abcdefghijklmnop"],
])("there is no demo unless the deployment says so: %s %s", async (method, path) => {
  const init = method === "POST" ? { method, headers: { "content-type": "application/json" }, body: "{}" } : { method };
  const response = await worker.fetch(`http://127.0.0.1:8787${path}`, init);
  expect(response.status).toBe(404);
  expect(response.headers.get("content-security-policy")).toBeNull();
  expect(await response.json()).toMatchObject({ code: "not_found" });
});
