import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
/** An empty project, into which the tarball is installed. */
const project = mkdtempSync(join(tmpdir(), "edgewire-package-"));

function run(command: string, args: readonly string[], cwd = project): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: "utf8" });
  expect(status, `${command} ${args.join(" ")}\n${stdout}${stderr}`).toBe(0);
  return stdout;
}

beforeAll(async () => {
  const packed = run("npm", ["run", "-s", "pack:sdk"], root);
  console.log(packed.trim());
  const tarball = join(root, /^dist\/\S+\.tgz/m.exec(packed)?.[0] ?? "");
  await writeFile(join(project, "package.json"), '{"name":"app","private":true,"type":"module"}');
  run("npm", ["install", "--offline", "--ignore-scripts", "--no-audit", "--no-fund", tarball]);
}, 120_000);

afterAll(() => rmSync(project, { recursive: true, force: true }));

test("it brings what it says and nothing else", async () => {
  const own = JSON.parse(await readFile(join(project, "node_modules/edgewire/package.json"), "utf8"));
  expect(own).toMatchObject({ name: "edgewire", type: "module", peerDependenciesMeta: { react: { optional: true } } });
  expect(Object.keys(own.dependencies ?? {}).length).toBeLessThanOrEqual(1);
  const lock = JSON.parse(await readFile(join(project, "package-lock.json"), "utf8"));
  expect(Object.keys(lock.packages).filter((name) => !["", "node_modules/edgewire"].includes(name))).toEqual(
    Object.keys(own.dependencies ?? {}).map((name) => `node_modules/${name}`),
  );
});

test("Node imports it, and signs a token", async () => {
  const program = `
    import { Edgewire, EdgewireError } from "edgewire/client";
    import { EdgewireServer, EdgewireError as Same } from "edgewire/server";
    const secret = "s".repeat(32);
    const token = await new EdgewireServer({ url: "http://localhost", secret }).token("alice", { "room:*": ["*"] });
    console.log(JSON.stringify([typeof Edgewire, EdgewireError === Same, token.split(".").length]));`;
  expect(JSON.parse(run(process.execPath, ["--input-type=module", "-e", program]))).toEqual(["function", true, 3]);
});

describe("it is bundled", () => {
  /** Bytes of each file, gzipped. */
  const bundled = async (source: string, options: Parameters<typeof build>[0] = {}) => {
    const { outputFiles = [], warnings } = await build({
      stdin: { contents: source, resolveDir: project },
      bundle: true,
      minify: true,
      splitting: true,
      format: "esm",
      outdir: join(project, "out"),
      write: false,
      logLevel: "silent",
      ...options,
    });
    expect(warnings).toEqual([]);
    return outputFiles.map(({ contents }) => gzipSync(contents).length);
  };
  const APPLICATION = 'import { Edgewire } from "edgewire/client"; globalThis.wire = new Edgewire({ url: "/" });';

  test("for a browser, the transports that are seldom needed apart", async () => {
    const sizes = await bundled(APPLICATION, { platform: "browser" });
    console.log(`An application's own bundle, gzipped: ${sizes.join(" + ")} bytes.`);
    expect(sizes.length).toBeGreaterThanOrEqual(3);
  });

  test("for a Worker, which needs nothing of Node", async () => {
    const source = `
      import { EdgewireServer } from "edgewire/server";
      export default { fetch: (request, env) => new EdgewireServer(env).publish("room:lobby", 1) };`;
    await bundled(source, { platform: "neutral", conditions: ["workerd", "worker"], splitting: false });
  });

  test("with React left to the application", async () => {
    const source = 'export { useConnection, usePresence, useRoom } from "edgewire/react";';
    await bundled(source, { platform: "browser", external: ["react"] });
  });
});

describe("its types are right", () => {
  const SOURCES = {
    "client.ts": `
      import { Edgewire, EdgewireError, type ConnectionState, type Receipt } from "edgewire/client";
      const wire = new Edgewire({ url: "https://rt.example.com", token: async () => "token" });
      const room = wire.room<{ text: string }>("lobby", { rewind: 10, presence: "members" });
      const stop: () => void = room.on("message", ({ data, seq }) => console.log(data.text.length, seq + 1));
      room.on("state", (state: ConnectionState) => console.log(state.name));
      export const receipt: Promise<Receipt> = room.publish({ text: "hello" });
      // @ts-expect-error: the application's own type holds
      room.publish({ txet: 1 });
      export const code = (error: EdgewireError) => error.code === "closed" && stop();`,
    "server.ts": `
      import { EdgewireServer, type ServerCalls } from "edgewire/server";
      const server = new EdgewireServer({ url: "https://rt.example.com", apiKey: "key", secret: "secret" });
      export const token: Promise<string> = server.token("alice", { "room:*": ["subscribe", "*"] }, { ttl: 60 });
      // @ts-expect-error: there is no such operation
      server.token("alice", { "room:*": ["fly"] });
      export const closed: Promise<number> = server.disconnect("alice");
      export const bound = (env: { EDGEWIRE: ServerCalls }) => env.EDGEWIRE.publish("room:lobby", { n: 1 });`,
    "react.ts": `
      import type { Edgewire } from "edgewire/client";
      import { useConnection, usePresence, useRoom } from "edgewire/react";
      export function Chat(wire: Edgewire): string[] {
        const room = useRoom<{ text: string }>(wire, "lobby", { rewind: 10 });
        const { members, count } = usePresence(room);
        return [useConnection(room).name, String(count), ...members.map(({ user }) => user),
          ...room.messages.map(({ data }) => data.text)];
      }`,
  };

  beforeAll(async () => {
    for (const [name, text] of Object.entries(SOURCES)) await writeFile(join(project, name), text);
    await mkdir(join(project, "node_modules/@types"), { recursive: true });
    // React and the platform are the application's.
    await mkdir(join(project, "node_modules/@cloudflare"), { recursive: true });
    for (const name of ["react", "@types/react", "@types/node", "undici-types", "csstype", "@cloudflare/workers-types"])
      symlinkSync(join(root, "node_modules", name), join(project, "node_modules", name));
  });

  const cases: [string, string[], { lib: string; types: string }][] = [
    ["in a browser", ["client.ts", "react.ts"], { lib: "es2022,dom", types: "" }],
    ["in Node", ["client.ts", "server.ts", "react.ts"], { lib: "es2022", types: "node" }],
    ["in a Worker", ["client.ts", "server.ts"], { lib: "es2022", types: "@cloudflare/workers-types" }],
  ];
  for (const [where, files, { lib, types }] of cases)
    for (const resolution of ["nodenext", "bundler"])
      test(`${where}, as ${resolution} resolves it`, async () => {
        const config = {
          compilerOptions: {
            ...{ strict: true, noEmit: true, target: "es2022", exactOptionalPropertyTypes: true, skipLibCheck: false },
            ...{ module: resolution === "bundler" ? "esnext" : "nodenext", moduleResolution: resolution },
            ...{ lib: lib.split(","), types: types === "" ? [] : [types] },
          },
          files,
        };
        await writeFile(join(project, "tsconfig.json"), JSON.stringify(config));
        run(process.execPath, [join(root, "node_modules/.bin/tsc"), "-p", "."]);
      });
});
