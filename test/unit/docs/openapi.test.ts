import { describe, expect, it } from "vitest";
import { DOCS_HEADERS, docsAssets } from "../../../src/cli/openapi/assets.ts";
import { openApiDocument } from "../../../src/cli/openapi/document.ts";
import { docsPage } from "../../../src/cli/openapi/page.ts";
import { MAX_PAGE } from "../../../src/protocol/decode-client.ts";

const document = openApiDocument();
const page = docsPage(document);
const all = (pattern: RegExp) => [...page.matchAll(pattern)].map(([, found = ""]) => found);

describe("HTTP-7 the document", () => {
  it("has its limits from where the service has them", () => {
    const limit = document.paths["/v1/rooms/{id}/messages"]?.get?.parameters?.find(({ name }) => name === "limit");
    expect(limit?.schema).toMatchObject({ minimum: 1, maximum: MAX_PAGE });
  });

  it("has an operation of its own name for each route", () => {
    const ids = Object.values(document.paths).flatMap((methods) =>
      Object.values(methods).map(({ operationId }) => operationId),
    );
    expect(ids).toContain("postInboxMessages");
    expect(ids.filter((id, index) => ids.indexOf(id) !== index || id.includes("Channel"))).toEqual([]);
  });

  it("names no other host, and no machine", () => {
    expect(JSON.stringify(document)).not.toMatch(/https?:\/\/|localhost|127\.0\.0\.1/);
  });

  it("comes with a header block for each file that needs one", async () => {
    const files = [...(await docsAssets()).keys()].sort();
    expect(files).toEqual(["docs", "docs.css", "llms.txt", "openapi.json", "spec.md"]);
    expect([...DOCS_HEADERS.matchAll(/^\/(\S+)$/gm)].map(([, name]) => name).sort()).toEqual(files);
  });
});

describe("HTTP-7 llms.txt", () => {
  it("lists every operation, and shows the README's ten lines", async () => {
    const text = (await docsAssets()).get("llms.txt") ?? "";
    for (const [path, methods] of Object.entries(document.paths))
      for (const [method, { operationId, summary }] of Object.entries(methods))
        if (!operationId.includes("Inbox"))
          expect(text).toContain(`- \`${method.toUpperCase()} ${path}\`: ${summary}\n`);
    expect(text).toContain('import { Edgewire } from "edgewire/client";');
    expect(text).toMatch(/^# Edgewire\n\n> Real-time rooms/);
  });
});

describe("HTTP-7 the page", () => {
  const ids = all(/ id="([^"]+)"/g);

  it("shows every operation once, an inbox's beside its room's, and every schema", () => {
    for (const [path, methods] of Object.entries(document.paths)) {
      expect(page).toContain(path);
      for (const { operationId } of Object.values(methods)) expect(ids).toContain(operationId.replace("Inbox", "Room"));
    }
    for (const name of Object.keys(document.components.schemas)) expect(ids).toContain(name);
  });

  it("has a target for every link, and each id once", () => {
    const targets = all(/ href="#([^"]+)"/g);
    expect(targets.length).toBeGreaterThan(100);
    expect(targets.filter((target) => !ids.includes(target))).toEqual([]);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
  });

  it("needs nothing that a strict policy forbids, and no other host", () => {
    expect(page).not.toMatch(/<script|<style|\sstyle=|\son\w+=|javascript:/i);
    const elsewhere = all(/ (?:href|src)="([^"]+)"/g).filter((link) => !/^[#/]/.test(link) || link.startsWith("//"));
    expect(elsewhere).toEqual(["data:,"]);
  });

  it("takes no text for markup", () => {
    const hostile = '<img src=x onerror="alert(1)"> & `<i>` [x](javascript:alert(1))';
    const shown = docsPage({ ...document, info: { ...document.info, title: hostile, description: hostile } });
    expect(shown).not.toMatch(/<img|<i>|href="javascript/);
    expect(shown).toContain("&lt;img src=x onerror=&quot;alert(1)&quot;&gt; &amp; ");
  });

  it("is small", () => {
    expect(page.length).toBeLessThan(100_000);
  });
});
