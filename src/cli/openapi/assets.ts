/** What the deployment serves about itself: `/openapi.json`, `/docs` to read it, the protocol, and `/llms.txt`. */
import { readFile } from "node:fs/promises";
import { openApiDocument } from "./document.ts";
import { llmsText } from "./llms.ts";
import { docsPage } from "./page.ts";

const read = (path: string) => readFile(new URL(path, import.meta.url), "utf8");

/** Texts by file name. */
export async function docsAssets(): Promise<Map<string, string>> {
  const document = openApiDocument();
  return new Map([
    ["openapi.json", JSON.stringify(document)],
    ["docs", docsPage(document)],
    ["docs.css", await read("page.css")],
    ["spec.md", await read("../../protocol/SPEC.md")],
    ["llms.txt", llmsText(document, await read("../../../README.md"))],
  ]);
}

/** Their headers, as Workers' static assets take them. A page that runs nothing may run nothing. */
export const DOCS_HEADERS = `/docs
  Content-Type: text/html; charset=utf-8
  Content-Security-Policy: default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'
  Referrer-Policy: no-referrer
  X-Content-Type-Options: nosniff
/docs.css
  X-Content-Type-Options: nosniff
/openapi.json
  Access-Control-Allow-Origin: *
  X-Content-Type-Options: nosniff
/llms.txt
  Content-Type: text/plain; charset=utf-8
  X-Content-Type-Options: nosniff
/spec.md
  Content-Type: text/plain; charset=utf-8
  X-Content-Type-Options: nosniff
`;
