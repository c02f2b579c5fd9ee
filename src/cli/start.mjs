// `npm start`: checks what is needed, makes what is missing, runs the service, and says how to use it. Plain
// JavaScript without dependencies, because it also has to say what is wrong on an old Node or a half-made install.
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { lanAddresses, qrCode } from "./demo/lan.mjs";
import { startPlug } from "./demo/plug.mjs";
import { makeDevVars, readVariables, signingSecret } from "./dev-vars.mjs";
import { mint } from "./mint.mjs";
import { findPort } from "./port.mjs";
import { preflight } from "./preflight.mjs";
import { DEV_VARS } from "./project.mjs";
import { removeService, writeService } from "./service-file.mjs";
import { supervise } from "./supervise.mjs";

const USAGE = "usage: npm start -- [--port N] [--persist-to DIR] [--lan] [--verbose]";
const DEFAULT_PORT = 8787;
/** So that a burst of a thousand messages shows what the service can do, not what it lets one client do. */
const BURST = { PUBLISH_RATE: "1000", PUBLISH_BURST: "2000" };
/** How often what cannot be waited for is looked at, in ms. */
const POLL = 100;

await start(readArguments()).catch((error) => fail(error.message));

/** @param {{ port: number, persistTo: string | undefined, lan: boolean, verbose: boolean }} options */
async function start({ port: first, persistTo, lan, verbose }) {
  const ready = preflight();
  if ("problem" in ready) return fail(ready.problem);
  if (makeDevVars(DEV_VARS)) console.log("Made .dev.vars with random secrets.");
  const port = await findPort(first);
  if (port === null) return fail(`No free port was found from ${first} on: choose another with --port.`);
  if (port !== first) console.log(`Port ${first} is in use: taking ${port}.`);

  const url = `http://127.0.0.1:${port}`;
  const addresses = ["127.0.0.1", "localhost", ...(lan ? lanAddresses() : [])];
  const origins = addresses.map((address) => `http://${address}:${port}`);
  const plug = await startPlug({ isOwnOrigin: (origin) => origins.includes(origin), plug: () => service.plug() });
  const own = readVariables(DEV_VARS);
  const vars = { ...(own?.has("PUBLISH_RATE") ? {} : BURST), DEMO: "on", DEMO_PLUG: plug.url };
  const options = { node: ready.node, port, persistTo, vars, verbose, ...(lan ? { ip: "0.0.0.0" } : {}) };
  const service = supervise(options, (code) => {
    console.error(`${service.unseen()}\nwrangler dev ended with exit code ${code}.`.trim());
    end(code || 1);
  });
  let stopping = false;
  /** @param {number} code */
  const end = async (code) => {
    stopping = true;
    plug.close();
    await service.stop();
    removeService(process.pid);
    process.exit(code);
  };
  // npm hands SIGTERM to the shell between it and us, which dies of it without telling us.
  if (process.env.npm_lifecycle_event !== undefined) whenParentIsGone(() => stopping || end(0));
  // Only the first counts: npm passes a Ctrl-C on that the terminal has sent us already.
  for (const signal of ["SIGHUP", "SIGINT", "SIGTERM"]) process.on(signal, () => stopping || end(0));
  // A terminal that is gone, or a pipe that nobody reads, must not end us before the children are.
  for (const output of [process.stdout, process.stderr]) output.on("error", () => {});

  console.log("Starting …");
  const healthy = await service.healthy();
  if (stopping) return;
  if (!healthy) {
    console.error(`${service.unseen()}\n${url}/v1/health does not answer 200.`.trim());
    return end(1);
  }
  service.show();
  writeService({ url, pid: process.pid });
  console.log(instructions(url));
  for (const origin of origins.slice(2))
    console.log(`\nOn a phone in this network: ${origin}\n${await qrCode(origin)}`);
}

/** @param {() => void} then */
function whenParentIsGone(then) {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    then();
  }, POLL);
}

/** @param {string} url */
function instructions(url) {
  const signing = signingSecret(DEV_VARS);
  if ("problem" in signing) return `\nEdgewire is running: ${url}\n\n${signing.problem}\n\nCtrl-C ends it.`;
  const token = (/** @type {string} */ user) =>
    mint({ secret: signing.secret, user, capabilities: { "room:*": ["*"] } });
  const alice = token("alice");
  return `
Edgewire is running: ${url}
Open it in a browser: two people talk there, and you may kill the server under them.

Two tokens for every room, good for 12 hours (npm run token makes others):
  alice  ${alice}
  bob    ${token("bob")}

Join a room, in a second terminal:
  npm run join -- lobby alice

Publish to it, in a third:
  curl ${url}/v1/rooms/lobby/messages -H 'content-type: application/json' -d '{"data":{"text":"hello"}}' -H 'authorization: Bearer ${alice}'

Ctrl-C ends it.`;
}

function readArguments() {
  try {
    const { values } = parseArgs({
      options: {
        port: { type: "string" },
        "persist-to": { type: "string" },
        lan: { type: "boolean" },
        verbose: { type: "boolean" },
      },
    });
    const port = Number(values.port ?? DEFAULT_PORT);
    if (!/^\d+$/.test(values.port ?? "1") || port < 1 || port > 65_535)
      throw new Error("--port must be a number from 1 to 65535.");
    const directory = values["persist-to"];
    return {
      port,
      persistTo: directory === undefined ? undefined : resolve(directory),
      lan: values.lan === true,
      verbose: values.verbose === true,
    };
  } catch (error) {
    console.error(`${error.message}\n${USAGE}`);
    process.exit(2);
  }
}

/**
 * @param {string} sentence
 * @returns {never}
 */
function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}
