import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, expect, test } from "vitest";
import type { Edgewire as EdgewireClass, TransportName } from "../../src/client/index.ts";
import { tokenFor, uniqueRoom, useService } from "../support/service.ts";
import { until } from "../support/until.ts";

const service = useService();
const folders: string[] = [];
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

const get = (path: string, headers: Record<string, string> = {}) => fetch(`${service.origin()}${path}`, { headers });

/** The module and all that it may load later, as a browser would fetch them. */
async function download(): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  const load = async (path: string): Promise<void> => {
    if (texts.has(path)) return;
    const response = await get(path);
    expect(response.status, path).toBe(200);
    const text = await response.text();
    texts.set(path, text);
    for (const [, target = ""] of text.matchAll(/(?:\bfrom|\bimport\(?)\s*["'`](\.[^"'`]+)["'`]/g))
      await load(new URL(target, `http://any${path}`).pathname);
  };
  await load("/sdk/v1.js");
  return texts;
}

async function importFrom(texts: Map<string, string>): Promise<typeof EdgewireClass> {
  const folder = await mkdtemp(join(tmpdir(), "edgewire-sdk-"));
  folders.push(folder);
  await writeFile(join(folder, "package.json"), '{"type":"module"}');
  for (const [path, text] of texts) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  const module = await import(/* @vite-ignore */ pathToFileURL(join(folder, "sdk/v1.js")).href);
  return module.Edgewire;
}

test("any page may load it, and a browser may keep it", async () => {
  const response = await get("/sdk/v1.js", { origin: "https://somewhere.example" });
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toMatch(/^text\/javascript/);
  expect(response.headers.get("access-control-allow-origin")).toBe("*");
  expect(response.headers.get("x-content-type-options")).toBe("nosniff");
  expect(response.headers.get("cache-control")).toContain("max-age=300");
  const tag = response.headers.get("etag") ?? "";
  expect((await get("/sdk/v1.js", { "if-none-match": tag })).status).toBe(304);
});

test("what it loads later is named by its content, and kept for ever", async () => {
  const texts = await download();
  const later = [...texts.keys()].filter((path) => path !== "/sdk/v1.js");
  expect(later.length).toBeGreaterThanOrEqual(2);
  for (const path of later) {
    expect(path).toMatch(/^\/sdk\/v1\/[\w-]+-[\w-]{8}\.js$/);
    const { headers } = await get(path);
    expect(headers.get("cache-control")).toContain("immutable");
    expect(headers.get("access-control-allow-origin")).toBe("*");
    expect(headers.get("content-type")).toMatch(/^text\/javascript/);
  }
  // What every page needs is one file: a copy of it that a browser kept never lacks a part.
  expect(texts.get("/sdk/v1.js")).not.toMatch(/\bfrom\s*["'`]/);
});

test("everything else is still the service's", async () => {
  for (const path of ["/v1/nothing", "/sdk/v2.js", "/sdk/", "/"]) {
    const response = await get(path);
    expect(response.status, path).toBe(404);
    expect(response.headers.get("content-type"), path).toContain("application/problem+json");
  }
  expect((await get("/v1/health")).status).toBe(200);
});

for (const transport of ["websocket", "sse", "poll"] satisfies TransportName[])
  test(`what was loaded chats over ${transport}`, async () => {
    const Edgewire = await importFrom(await download());
    const token = tokenFor("alice");
    const wire = new Edgewire({ url: service.origin(), token: () => token, transports: [transport], storage: null });
    const heard: unknown[] = [];
    const room = wire.room(uniqueRoom("module"));
    room.on("message", ({ user, data }) => heard.push({ user, data }));
    const { seq } = await room.publish({ text: "hello" });
    await until(() => heard.length > 0, { what: "the message comes back" });
    expect({ seq, heard }).toEqual({ seq: 1, heard: [{ user: "alice", data: { text: "hello" } }] });
    wire.close();
  });

test("beside it there is nothing of the demo, where nobody has switched that on", async () => {
  for (const path of ["/", "/demo/", "/demo/index.html", "/demo/main.js", "/demo/style.css", "/demo/config"])
    expect((await get(path)).status, path).toBe(404);
  expect((await get("/sdk/v1.js")).status).toBe(200);
});
