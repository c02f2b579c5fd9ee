import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { Route } from "../../src/api/route.ts";
import { ROUTES } from "../../src/api/routes.ts";
import { makeAssets } from "../../src/cli/assets.mjs";
import { type Answer, call } from "../support/http.ts";
import { apiKey, uniqueRoom } from "../support/service.ts";
import { useSharedService } from "../support/shared-service.ts";

const service = useSharedService();
const room = uniqueRoom("headers");

await makeAssets();
const folder = fileURLToPath(new URL("../../dist/assets", import.meta.url));
const entries = await readdir(folder, { recursive: true, withFileTypes: true });
/** Everything that a deployment serves as it is; the demo is only where `DEMO` says so. */
const files = entries
  .filter((entry) => entry.isFile() && entry.name !== "_headers")
  .map((entry) => join(entry.parentPath, entry.name).slice(folder.length))
  .filter((path) => !path.startsWith("/demo/"));

/** What all answers have in common, whatever they are. */
function expectHeaders({ headers }: Pick<Answer, "headers">): void {
  expect(headers.get("x-content-type-options")).toBe("nosniff");
  expect(headers.get("access-control-allow-credentials")).toBeNull();
  expect(headers.get("set-cookie")).toBeNull();
  for (const name of ["server", "x-powered-by"]) expect(headers.get(name) ?? "").not.toMatch(/\d/);
  if (!headers.get("content-type")?.startsWith("text/html")) return;
  const policy = headers.get("content-security-policy");
  expect(policy).toMatch(/^default-src 'none';/);
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).toContain("base-uri 'none'");
  expect(policy).not.toContain("unsafe");
  expect(headers.get("referrer-policy")).toBe("no-referrer");
}

const origin = "https://elsewhere.example";

describe("HTTP-1 HTTP-7 what is served as it is", () => {
  it("is the documents and the SDK", () => {
    expect(files).toEqual(expect.arrayContaining(["/docs", "/openapi.json", "/sdk/v1.js"]));
  });

  it.each(files)("%s is not sniffed, not framed, and asked for without credentials", async (path) => {
    for (const method of ["GET", "HEAD"]) {
      const answer = await call(method, service.origin() + path, { headers: { origin } });
      expect(answer.status).toBe(200);
      expectHeaders(answer);
    }
  });
});

const routes = Object.entries<Route>(ROUTES).flatMap(([name, { method, paths }]) =>
  paths.map((path) => ({ name, method, path: path.replace(":id", room) })),
);

describe("HTTP-1 ORIGIN-1 what the service answers", () => {
  it.each(routes)(
    "$method $path is not stored or sniffed, and lets no foreign page read it",
    async ({ method, path }) => {
      const { status } = await call(method, service.origin() + path);
      for (const [how, token] of [
        [method, apiKey],
        [method, "x.y.z"],
        ["PATCH", apiKey],
        ["OPTIONS", undefined],
      ] as const) {
        if (how === "GET" && token === apiKey && path.endsWith("/events")) continue; // which has no end
        const body = how === "POST" || how === "PUT" ? {} : undefined;
        const answer = await call(how, service.origin() + path, { token, headers: { origin }, ...(body && { body }) });
        expectHeaders(answer);
        expect(answer.headers.get("cache-control")).toBe("no-store");
        expect(answer.headers.get("access-control-allow-origin")).toBeNull();
        expect(answer.status).toBeLessThan(500);
      }
      expect(status).toBeLessThan(500);
    },
  );

  it("a stream is neither, too", async () => {
    const url = `${service.origin()}/v1/rooms/${room}/events`;
    const answer = await fetch(url, { headers: { authorization: `Bearer ${apiKey}` } });
    expectHeaders(answer);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    await answer.body?.cancel();
  });

  it.each(["/", "/nothing", "/v1/nothing", "/demo/main.js"])("%s, where there is nothing, too", async (path) => {
    const answer = await call("GET", service.origin() + path);
    expect(answer.status).toBe(404);
    expectHeaders(answer);
  });
});
