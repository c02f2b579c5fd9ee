/** The document as one page to read: no script, no other host, one style sheet beside it. */
import { code, escaped, prose, tag } from "./html.ts";
import { article, type Entry } from "./page-entry.ts";
import { refusals, schemas } from "./page-reference.ts";
import type { OpenApiDocument } from "./types.ts";

export function docsPage(document: OpenApiDocument): string {
  const { info, tags, components } = document;
  const entries = entriesOf(document);
  const groups = tags.map(({ name, description }) => ({
    name,
    description,
    entries: entries.filter(({ operation }) => operation.tags.includes(name)),
  }));
  const nav = [
    ...groups.map((group) => navGroup(group.name, group.entries.map(linkTo))),
    navGroup("Reference", [
      ["refusals", "Refusals"],
      ["schemas", "Schemas"],
    ]),
  ];
  const main = [
    tag("h1", escaped(info.title)),
    ...info.description.split("\n\n").map((paragraph) => tag("p", prose(paragraph))),
    tag("p", prose("As a file for programs: [/openapi.json](/openapi.json). The protocol: [/spec.md](/spec.md).")),
    code(SETUP),
    ...groups.map((group) =>
      tag(
        "section",
        tag("h2", escaped(group.name)) +
          tag("p", prose(group.description)) +
          group.entries.map((entry) => article(entry, components.responses)).join(""),
      ),
    ),
    tag("section", tag("h2", "Refusals") + refusals(), { id: "refusals" }),
    tag("section", tag("h2", "Schemas") + schemas(components.schemas), { id: "schemas" }),
  ];
  return [
    "<!doctype html>",
    '<html lang="en">',
    "<head>",
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    `<title>${escaped(info.title)}: the HTTP interface</title>`,
    '<link rel="icon" href="data:,">',
    '<link rel="stylesheet" href="/docs.css">',
    "</head>",
    "<body>",
    tag("a", "Skip to the content", { class: "skip", href: "#content" }),
    tag("nav", nav.join("\n"), { "aria-label": "Contents" }),
    tag("main", main.join("\n"), { id: "content" }),
    "</body>",
    "</html>",
    "",
  ].join("\n");
}

const SETUP = `URL=http://127.0.0.1:8787   # where the service is
TOKEN=…                     # a user's token, or the API_KEY`;

/** An inbox is a channel as every other: what both have is said once. */
function entriesOf({ paths }: OpenApiDocument): Entry[] {
  const all = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
  );
  const twinOf = (id: string) =>
    all.find(({ operation }) => operation.operationId !== id && operation.operationId.replace("Inbox", "Room") === id);
  return all
    .filter(({ operation }) => !operation.operationId.includes("Inbox"))
    .map((entry) => ({ ...entry, twin: twinOf(entry.operation.operationId)?.path ?? null }));
}

const linkTo = ({ operation: { operationId, summary } }: Entry) => [operationId, summary] as const;

function navGroup(name: string, links: readonly (readonly [string, string])[]): string {
  const items = links.map(([id, text]) => tag("li", tag("a", escaped(text), { href: `#${id}` })));
  return tag("p", escaped(name)) + tag("ul", items.join(""));
}
