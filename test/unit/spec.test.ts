import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const read = (file: string) => readFileSync(join(root, file), "utf8");

/** Files below a folder of the project whose name ends so. */
function filesBelow(folder: string, end: RegExp): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => end.test(name) && !name.includes("node_modules/"))
    .map((name) => join(folder, name));
}

/** `- **ABC-1** …` at the beginning of a line. */
const rules = [...read("src/protocol/SPEC.md").matchAll(/^\s*- \*\*([A-Z]+-\d+)\*\*/gm)].map(([, id]) => id as string);

interface Named {
  /** A rule's id. */
  id: string;
  where: string;
}

// A title is a literal in the call or, for those from a table, in the table: so all literals that begin with a rule's
// id are taken, and the ids that follow the first.
const TITLE = /["'`]([A-Z]+-\d+(?:,? [A-Z]+-\d+)*)(?=[:\s])/g;

const tests = filesBelow("test", /\.test\.ts$/).filter((file) => !file.endsWith("spec.test.ts"));
const inTitles: Named[] = tests.flatMap((file) =>
  [...read(file).matchAll(TITLE)].flatMap(([, ids]) => named((ids as string).split(/,? /), file)),
);

/** `(SPEC ABC-1)`, `(SPEC ABC-1, DEF-2)`, `(SPEC ABC-1 to ABC-4)`, `(SPEC ABC-1 to 4)`, in a comment of one or more lines. */
const inComments: Named[] = filesBelow("src", /\.(ts|mjs)$/).flatMap((file) =>
  [...read(file).matchAll(/\(SPEC ([^)"]+)\)/g)].flatMap(([, text]) => named(idsOf(text as string), file)),
);

function named(ids: readonly string[], file: string): Named[] {
  return ids.map((id) => ({ id, where: relative(root, join(root, file)) }));
}

function idsOf(text: string): string[] {
  const parts = text.replace(/\s*\n\s*\*?\s*/g, " ").split(/,\s*|\s+and\s+/);
  return parts.flatMap((part) => {
    const range = /^([A-Z]+)-(\d+) to (?:\1-)?(\d+)$/.exec(part);
    if (range === null) return [part];
    const [first, last] = [Number(range[2]), Number(range[3])];
    return Array.from({ length: last - first + 1 }, (_, index) => `${range[1]}-${first + index}`);
  });
}

const unknown = (list: readonly Named[]) => [
  ...new Set(list.filter(({ id }) => !rules.includes(id)).map(({ id, where }) => `${id} in ${where}`)),
];

test("the rules, titles and comments were read", () => {
  expect(rules.length).toBeGreaterThan(90);
  expect(rules).toContain("MSG-3");
  expect(inTitles.length).toBeGreaterThan(100);
  expect(inComments.length).toBeGreaterThan(20);
  expect(idsOf("MSG-1, HTTP-2 to 4")).toEqual(["MSG-1", "HTTP-2", "HTTP-3", "HTTP-4"]);
  expect(idsOf("MSG-1 to\n * MSG-2")).toEqual(["MSG-1", "MSG-2"]);
});

test("each rule has an id of its own", () => {
  expect(rules.filter((id, index) => rules.indexOf(id) !== index)).toEqual([]);
});

test("each rule is named at the beginning of a test's title", () => {
  const tested = new Set(inTitles.map(({ id }) => id));
  expect(
    rules.filter((id) => !tested.has(id)),
    "rules without a test",
  ).toEqual([]);
});

test("each rule that a test's title names exists", () => {
  expect(unknown(inTitles)).toEqual([]);
});

test("each rule that a comment names exists", () => {
  expect(unknown(inComments)).toEqual([]);
});
