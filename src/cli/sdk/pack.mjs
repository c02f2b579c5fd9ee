// `npm run pack:sdk`: the SDK as a tarball to be installed into an application, checked as whoever installs it would.
import { spawnSync } from "node:child_process";
import { copyFile, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ROOT, toolEnvironment, toolPath } from "../project.mjs";
import { bundlePackage } from "./bundle.mjs";
import { packageJsonOf } from "./package-json.mjs";
import { measureSdk, sentenceOf } from "./sizes.mjs";

const PACKAGE = join(ROOT, "dist/sdk");
const README = `# Edgewire's SDK

\`edgewire/client\` for browsers, Node, Workers and React Native; \`edgewire/server\` for your backend; \`edgewire/react\`.
How to use it is in the README of the service that this package was made with.
`;

const files = await bundlePackage();
await rm(PACKAGE, { recursive: true, force: true });
await mkdir(PACKAGE, { recursive: true });
for (const { fileName, code } of files) await writeFile(join(PACKAGE, fileName), code);
await writeFile(join(PACKAGE, "package.json"), `${JSON.stringify(await packageJsonOf(files), null, 2)}\n`);
await writeFile(join(PACKAGE, "README.md"), README);
await copyFile(join(ROOT, "LICENSE"), join(PACKAGE, "LICENSE"));

const [{ filename }] = JSON.parse(run("npm", ["pack", "--json", "--pack-destination", ".."], PACKAGE));
const tarball = join("dist", filename);
run(process.execPath, [toolPath("publint"), "dist/sdk", "--strict"]);
// Node's own resolution of ES modules, and bundlers': there is no CommonJS, and no Node that knows no "exports".
run(process.execPath, [toolPath("attw"), tarball, "--profile", "esm-only"]);

console.log(`${tarball}: publint and attw found nothing.`);
console.log(`In a browser: ${sentenceOf(await measureSdk())}.`);

/**
 * Its output; ends this program if it fails.
 * @param {string} command
 * @param {string[]} args
 */
function run(command, args, cwd = ROOT) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: "utf8", env: toolEnvironment() });
  if (status === 0) return stdout;
  console.error(error?.message ?? `${stdout}${stderr}`);
  process.exit(1);
}
