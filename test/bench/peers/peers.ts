/** What Edgewire is set beside, each as its own documents show a room, and what each does for a message. */
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { Target } from "../load/job.ts";
import type { WorkerdName } from "../server/configuration.ts";
import { startNodeServer } from "../server/node-server.ts";
import type { Servers } from "../server/servers.ts";
import { installPeers, installUWebSockets, versionOf } from "./install.ts";
import { nchanMissing, nchanVersion, startNchan } from "./nchan.ts";

/** As it runs here; what could be had otherwise is said. */
export interface Does {
  /** A message is on disk before anybody sees it. */
  disk: string;
  /** All see one order, and a number says whether something is missing. */
  order: string;
  /** Whoever was cut off gets what was missed. */
  resume: string;
  /** A publish that is sent again is in the room once. */
  once: string;
}

export interface PeerServer {
  target: Target;
  stop(): Promise<void>;
}

export interface Peer {
  name: string;
  does: Does;
  /** Makes it ready to start; answers why that cannot be, or null. */
  prepare(): string | null;
  version(): string;
  start(servers: Servers): Promise<PeerServer>;
}

const RELAY: Does = { disk: "no", order: "no", resume: "no", once: "no" };
const DIRECT = { apiKey: "", authSecret: "" };

const programs = {
  ws: new URL("../server/node-ws.ts", import.meta.url),
  "socket.io": new URL("socket-io.js", import.meta.url),
  uWebSockets: new URL("uwebsockets.js", import.meta.url),
} as const;

async function startNode(name: keyof typeof programs, dialect: Target["dialect"]): Promise<PeerServer> {
  const { port, pid, stop } = await startNodeServer(fileURLToPath(programs[name]));
  return { target: { ...DIRECT, port, serverPid: pid, dialect }, stop };
}

async function startWorkerd(servers: Servers, name: WorkerdName): Promise<PeerServer> {
  const server = await servers.fresh(name, { keepsObjects: true });
  return { target: servers.targetOf(server, name), stop: () => server.stop() };
}

let nchans = 0;

export const peers: readonly Peer[] = [
  {
    name: "Edgewire",
    does: { disk: "yes", order: "yes, numbered", resume: "yes, 24 h", once: "yes" },
    prepare: () => null,
    version: () => "this checkout, workerd",
    start: (servers) => startWorkerd(servers, "edgewire"),
  },
  {
    name: "partyserver",
    does: RELAY,
    prepare: installPeers,
    version: () => `${versionOf("partyserver")}, workerd`,
    start: (servers) => startWorkerd(servers, "partyserver"),
  },
  {
    name: "socket.io",
    does: { ...RELAY, resume: "no (2 min from memory, if on)" },
    prepare: installPeers,
    version: () => `${versionOf("socket.io")}, Node`,
    start: () => startNode("socket.io", "socket.io"),
  },
  {
    name: "ws",
    does: RELAY,
    prepare: () => null,
    version: () => "of package.json, Node",
    start: () => startNode("ws", "relay"),
  },
  {
    name: "Nchan",
    does: { ...RELAY, order: "yes, by time and tag", resume: "yes, from memory" },
    prepare: nchanMissing,
    version: nchanVersion,
    start: async (servers) => {
      const { port, pid, stop } = await startNchan(path.join(servers.folder, `nchan-${nchans++}`));
      return { target: { ...DIRECT, port, serverPid: pid, dialect: "relay" }, stop };
    },
  },
  {
    name: "uWebSockets",
    does: RELAY,
    prepare: () => installPeers() ?? installUWebSockets(),
    version: () => `${versionOf("uWebSockets.js")}, C++ under Node`,
    start: () => startNode("uWebSockets", "relay"),
  },
];
