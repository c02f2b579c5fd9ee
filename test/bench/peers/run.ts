/**
 * `npm run bench:peers`: Edgewire and what people use instead, each on one core under the same load, in turn. Exit code 1
 * if a message was lost, doubled or reordered, or a run could not be made. A server that is not to be had here is left
 * out, with a sentence.
 */
import { writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { canPin } from "../machine/pinning.ts";
import { json } from "../report.ts";
import { untilIdle } from "../server/idle.ts";
import { Servers } from "../server/servers.ts";
import { type PeersOptions, parsePeersOptions, usage } from "./options.ts";
import { type Peer, type PeerServer, peers } from "./peers.ts";
import { type Outcome, type PeerScenario, peerScenarios } from "./scenarios.ts";
import { figuresOf, type Line, peersTable } from "./table.ts";

const repository = fileURLToPath(new URL("../../..", import.meta.url));
const benchFolder = path.join(repository, ".bench");

interface Contender {
  peer: Peer;
  server: PeerServer;
  runs: Record<string, Outcome[]>;
}

function known<Thing>(
  all: readonly Thing[],
  nameOf: (thing: Thing) => string,
  names: readonly string[] | null,
): Thing[] {
  const unknown = names?.filter((name) => !all.some((thing) => nameOf(thing) === name)) ?? [];
  if (unknown.length > 0) throw new Error(`there is no ${unknown.join(", ")}: ${all.map(nameOf).join(", ")}\n${usage}`);
  return all.filter((thing) => names === null || names.includes(nameOf(thing)));
}

/** Starts those that are to be had here; says why not of the others. */
async function startAll(chosen: readonly Peer[], servers: Servers) {
  const contenders: Contender[] = [];
  const skipped: { name: string; reason: string }[] = [];
  for (const peer of chosen) {
    let reason = peer.prepare();
    if (reason === null) {
      try {
        contenders.push({ peer, server: await peer.start(servers), runs: {} });
      } catch (error) {
        reason = `it does not start here: ${messageOf(error)}`;
      }
    }
    if (reason !== null) skipped.push({ name: peer.name, reason });
  }
  for (const { name, reason } of skipped) console.error(`Without ${name}: ${reason}.`);
  return { contenders, skipped };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function runOnce(
  { peer, server }: Contender,
  scenario: PeerScenario,
  { servers, seconds }: { servers: Servers; seconds: number },
): Promise<Outcome> {
  const used = scenario.isFresh ? await peer.start(servers) : server;
  try {
    return await scenario.run(used.target, seconds);
  } catch (error) {
    return { figures: [], generatorCpu: null, serverCpu: null, faults: [messageOf(error)] };
  } finally {
    if (scenario.isFresh) await used.stop();
  }
}

async function measure(
  contenders: readonly Contender[],
  chosen: readonly PeerScenario[],
  servers: Servers,
  { rounds, seconds }: PeersOptions,
): Promise<void> {
  const pids = contenders.map(({ server }) => server.target.serverPid);
  for (const scenario of chosen) {
    const start = performance.now();
    process.stderr.write(`${scenario.id}  ${scenario.title} … `);
    for (let round = 0; round < rounds; round++) {
      for (const contender of contenders) {
        await untilIdle(pids);
        const outcome = await runOnce(contender, scenario, { servers, seconds });
        contender.runs[scenario.id] = [...(contender.runs[scenario.id] ?? []), outcome];
      }
    }
    process.stderr.write(`${((performance.now() - start) / 1000).toFixed(0)} s\n`);
  }
}

async function main(options: PeersOptions): Promise<number> {
  const chosen = known(peerScenarios, ({ id }) => id, options.ids.length === 0 ? null : options.ids);
  const named = known(peers, ({ name }) => name, options.only && ["Edgewire", ...options.only]);
  if (!canPin) console.error("Not pinned to cores (no taskset here): the figures will scatter more.");
  const servers = new Servers(benchFolder, options.config, false);
  const { contenders, skipped } = await startAll(named, servers);
  await measure(contenders, chosen, servers, options);
  for (const { server } of contenders) await server.stop();

  const lines = contenders.map(
    ({ peer, runs }): Line => ({ name: peer.name, version: peer.version(), does: peer.does, runs }),
  );
  writeFileSync(options.json ?? path.join(benchFolder, "peers.json"), resultJson(options, chosen, lines, skipped));
  console.log(peersTable(chosen, lines));
  const failed = lines.flatMap(({ name, runs }) =>
    Object.entries(runs).flatMap(([id, all]) =>
      all.flatMap(({ faults }) => faults.map((fault) => `${name} ${id} ${fault}`)),
    ),
  );
  for (const fault of failed) console.error(`FAILED  ${fault}`);
  return failed.length === 0 ? 0 : 1;
}

function resultJson(
  { rounds, seconds }: PeersOptions,
  scenarios: readonly PeerScenario[],
  lines: readonly Line[],
  skipped: readonly { name: string; reason: string }[],
): string {
  const servers = lines.map(({ runs, ...line }) => ({
    ...line,
    figures: Object.fromEntries(Object.entries(runs).map(([id, all]) => [id, figuresOf(all)])),
    runs,
  }));
  return json({
    rounds,
    seconds,
    scenarios: scenarios.map(({ run: _run, ...scenario }) => scenario),
    servers,
    skipped,
  });
}

Promise.resolve()
  .then(() => main(parsePeersOptions(process.argv.slice(2), path.join(repository, "wrangler.toml"))))
  .then(
    (code) => process.exit(code),
    (error: unknown) => {
      console.error(messageOf(error));
      process.exit(1);
    },
  );
