import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

type Kind = "value" | "type";

/**
 * Who may import whom, by the folder or file directly below src; inside of one everything may. `: types`: only with
 * `import type`. What is not here may not be imported, and what is not a key imports nothing.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  // Pure, and shared with the clients.
  protocol: [],
  "config.ts": [],
  "logging.ts": ["config.ts: types"],
  "channel-rules.ts": ["protocol", "config.ts"],
  "settings.ts": ["config.ts", "channel-rules.ts", "auth", "logging.ts"],
  "env.ts": ["config.ts: types", "object: types"],
  "hooks.ts": ["protocol"],
  // The HTTP surface as data: the edge registers and reads by it, and the OpenAPI document is made from it.
  api: ["protocol", "config.ts"],
  // Decides: no I/O, no clock. Its storage comes in as an argument.
  core: ["protocol", "config.ts: types", "storage: types"],
  storage: ["protocol"],
  auth: ["protocol", "config.ts: types", "channel-rules.ts", "jose"],
  // Does.
  object: [
    ...["core", "storage", "protocol", "config.ts", "auth", "env.ts", "hooks.ts"],
    ...["settings.ts", "channel-rules.ts", "logging.ts", "cloudflare:workers"],
  ],
  // The edge.
  http: [
    ...["api", "protocol", "config.ts", "auth", "env.ts", "transport", "core: types", "object: types"],
    ...["settings.ts", "channel-rules.ts", "logging.ts", "hono", "hono/*"],
  ],
  transport: ["api", "protocol", "config.ts", "auth", "env.ts", "http", "core: types", "object: types"],
  // The SDK: it runs wherever the application does.
  client: ["protocol"],
  react: ["client", "react"],
  demo: ["client", "protocol", "uplot"],
  server: ["protocol", "client"],
  // Plain Node programs.
  cli: ["api", "protocol", "config.ts", "client", "node:*"],
  "entrypoint.ts": ["http", "server", "env.ts", "cloudflare:workers"],
  "worker.ts": ["http", "object", "entrypoint.ts"],
};

/** Files that both the edge and the object build on, and so may import values from whatever the table says. */
const SHARED: readonly string[] = [
  "object/stubs.ts", // the way to an object
  "object/rpc.ts", // the calls between the two, and the name of their header
  "core/clock.ts", // what is compared with a clock that may be put forward or back
  "core/identity.ts", // who somebody is, and the one wording of a refusal
  "core/pull.ts", // what the two ends of a stream's inner socket say to each other
  "core/revoked.ts", // which tokens a log-out refuses
  "core/rate-limit.ts", // a bucket: of a connection in the object, of denials at the edge
];

interface Import {
  /** Below src. */
  from: string;
  /** Below src, or the name of a package. */
  to: string;
  kind: Kind;
}

const sources = filesBelow(join(root, "src"));
const imports = sources.flatMap(importsOf);

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.includes("node_modules/"))
    .map((name) => join(folder, name));
}

function importsOf(file: string): Import[] {
  const from = relative(join(root, "src"), file);
  const text = readFileSync(file, "utf8");
  const found: Import[] = [];
  for (const [, type, names, target] of text.matchAll(/^(?:import|export)\s+(type\s+)?([^;"']*?)\s*from\s+"([^"]+)"/gm))
    found.push({
      from,
      to: resolved(from, target as string),
      kind: type || isAllTypes(names as string) ? "type" : "value",
    });
  for (const [, target] of text.matchAll(/(?:^import\s+|\bimport\()"([^"]+)"/gm))
    found.push({ from, to: resolved(from, target as string), kind: "value" });
  return found;
}

function resolved(from: string, target: string): string {
  return target.startsWith(".") ? join(dirname(from), target) : target;
}

/** `{ type A, type B }` */
function isAllTypes(names: string): boolean {
  return /^\{\s*type\s[^,]+(,\s*type\s[^,]+)*,?\s*\}$/.test(names);
}

const placeOf = (file: string) => file.split("/")[0] as string;

function isAllowed({ from, to, kind }: Import): boolean {
  const rules = MAY_IMPORT[placeOf(from)] ?? [];
  const isOurs = sources.includes(join(root, "src", to)) || /\.mjs$/.test(to);
  const place = isOurs ? placeOf(to) : to;
  if (isOurs && place === placeOf(from)) return true;
  if (kind === "type" && rules.includes(`${place}: types`)) return true;
  if (SHARED.includes(to) && rules.includes(`${place}: types`)) return true;
  return rules.some((rule) => rule === place || (rule.endsWith("*") && place.startsWith(rule.slice(0, -1))));
}

/** A way from a file back to itself along imports that exist when the program runs; empty if there is none. */
function cycleFrom(start: string): string[] {
  const graph = Map.groupBy(
    imports.filter(({ kind }) => kind === "value"),
    ({ from }) => from,
  );
  const seen = new Set<string>();
  const walk = (file: string, way: string[]): string[] => {
    for (const { to } of graph.get(file) ?? []) {
      if (to === start) return [...way, to];
      if (seen.has(to)) continue;
      seen.add(to);
      const found = walk(to, [...way, to]);
      if (found.length > 0) return found;
    }
    return [];
  };
  return walk(start, [start]);
}

test("the sources were read", () => {
  expect(sources.length).toBeGreaterThan(50);
  expect(imports.length).toBeGreaterThan(200);
  expect(imports).toContainEqual({ from: "worker.ts", to: "http/app.ts", kind: "value" });
  expect(imports).toContainEqual({ from: "core/channel.ts", to: "storage/log.ts", kind: "type" });
});

test("everybody imports only whom the table allows", () => {
  const broken = imports.filter((each) => !isAllowed(each));
  expect(broken.map(({ from, to, kind }) => `${from} → ${to} (${kind})`)).toEqual([]);
});

test("no file imports itself in the end", () => {
  const cycles = sources.map((file) => cycleFrom(relative(join(root, "src"), file))).filter(({ length }) => length > 0);
  expect(cycles.map((cycle) => cycle.join(" → "))).toEqual([]);
});

describe("a file holds one concept", () => {
  const sizes = [...sources, ...filesBelow(join(root, "test"))].map((file) => {
    return { file: relative(root, file), lines: readFileSync(file, "utf8").split("\n").length - 1 };
  });
  const above = (limit: number) =>
    sizes.filter(({ lines }) => lines > limit).map(({ file, lines }) => `${file}: ${lines} lines`);

  test("in at most 350 lines; above 250 ask whether it holds two", () => {
    for (const file of above(250)) console.warn(`does it hold two concepts? ${file}`);
    expect(above(350)).toEqual([]);
  });
});
