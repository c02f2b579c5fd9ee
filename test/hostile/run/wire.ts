import { connect } from "node:net";
import { expect } from "vitest";
import { apiKey } from "../../support/secrets.ts";
import { SMUGGLED, type WireCase } from "../wire/request.ts";
import { faultsOf, INSIDES, SECRETS, type Target } from "./target.ts";

/** ms of silence after which no more will come. */
const SILENCE = 2000;

/** The proxy of `wrangler dev`, which no deployment has, says where it failed. */
const PROXYS_OWN = /^Error: [^\n]*\n\s+at [^\n]*miniflare\/dist\/[^\n]*$/gm;

/** Each is answered as often as it asks, and no more; what came with it in hiding was not done. */
export async function tryWire({ service, room }: Target, cases: readonly WireCase[]): Promise<string[]> {
  const faults = await faultsOf(cases, async ({ sent, answers }) => {
    const { host } = new URL(service.origin());
    const bytes = sent.replaceAll("HOST", host).replaceAll("ROOM", room).replaceAll("KEY", apiKey);
    const said = await conversation(service.origin(), Buffer.from(bytes, "latin1"));
    const statuses = [...said.matchAll(/HTTP\/1\.[01] (\d{3}) /g)].map(([, status]) => Number(status));
    const expected = answers.filter((each, index) => !(each.includes(0) && index >= statuses.length));
    expect(statuses.length, said.slice(0, 200)).toBe(expected.length);
    for (const [index, status] of statuses.entries()) expect(expected[index], said.slice(0, 200)).toContain(status);
    expect(said.replace(PROXYS_OWN, "")).not.toMatch(INSIDES);
    for (const secret of SECRETS) expect(said).not.toContain(secret);
    // Whatever we refuse is a problem, and none of it our fault; what the runtime refuses before us is a line.
    for (const answer of said.split(/(?=HTTP\/1\.1 )/))
      if (/^HTTP\/1\.1 [45].*x-content-type-options/is.test(answer))
        expect(answer).toMatch(/^HTTP\/1\.1 4.*application\/problem\+json/is);
  });
  const log = await service.room("GET", room, "messages", { query: { limit: 1000 } });
  return log.text.includes(SMUGGLED) ? [...faults, "a request that was hidden in another was served"] : faults;
}

/** Everything that comes back until the other side ends it, or says no more. */
function conversation(origin: string, bytes: Buffer): Promise<string> {
  const { hostname, port } = new URL(origin);
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    let said = "";
    const end = () => {
      resolve(said);
      socket.destroy();
    };
    socket.setTimeout(SILENCE, end);
    socket.on("data", (chunk) => {
      said += chunk.toString("latin1");
    });
    socket.once("end", end);
    socket.once("error", end);
    socket.end(bytes);
  });
}
