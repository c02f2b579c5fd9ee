import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TcpProxy } from "../../fault/proxy/proxy.ts";
import { startTraffic } from "../../support/busy-room.ts";
import type { Seen } from "../../support/chain.ts";
import { whyMissing } from "../../support/installed.ts";
import { wholeLog } from "../../support/log.ts";
import { tokenFor, uniqueRoom, useService } from "../../support/service.ts";
import { ticketFor } from "../../support/ticket.ts";
import { until } from "../../support/until.ts";
import type { Following, ForeignClient } from "./clients/client.ts";
import { curlPoll, curlStream } from "./clients/curl.ts";
import { nodeEventSource } from "./clients/node-event-source.ts";
import { npmEventSource, npmEventSourceByHeader } from "./clients/npm-event-source.ts";
import { javaWebSocket, pythonWebSockets } from "./clients/printing-program.ts";
import { nodeWebSocket, wsWebSocket } from "./clients/web-socket.ts";

const clients: readonly [rules: string, client: ForeignClient][] = [
  ["TICKET-1 SSE-2 RESUME-2", npmEventSource],
  ["SSE-1 SSE-2 RESUME-2", npmEventSourceByHeader],
  ["TICKET-1 SSE-2 RESUME-2", nodeEventSource],
  ["SSE-1 SSE-2 RESUME-2", curlStream],
  ["POLL-1 RESUME-2", curlPoll],
  ["CONNECT-1 RESUME-2", nodeWebSocket],
  ["CONNECT-1 RESUME-2", wsWebSocket],
  ["CONNECT-1 RESUME-2", pythonWebSockets],
  ["CONNECT-1 RESUME-2", javaWebSocket],
];
const kills = 3;
/** So many messages more shall everybody have before the next kill. */
const betweenKills = 20;

describe("TRANSPORT-1 RESUME-2 clients that nobody here wrote, through three kills of the server in mid-traffic", () => {
  const service = useService();
  const missing = new Map(
    clients.map(([, client]) => [client, client.needs === undefined ? null : whyMissing(client.needs)]),
  );
  const following = new Map<ForeignClient, Following>();
  const everybody = () => [...following.values()];
  let proxy: TcpProxy;
  let log: Seen[] = [];

  /** Waits for all of them; who does not get there fails in a test of its own. */
  const all = async (isThere: (one: Following) => boolean, timeout: number) => {
    await until(() => everybody().every(isThere), { what: "", timeout }).catch(() => undefined);
  };
  const allHaveMore = async () => {
    const before = new Map(everybody().map((one) => [one, one.inbox.received.length]));
    await all((one) => one.inbox.received.length >= (before.get(one) ?? 0) + betweenKills, 15_000);
  };

  beforeAll(async () => {
    const room = uniqueRoom("third-party");
    proxy = await TcpProxy.start({ target: service.origin });
    const ticket = await ticketFor(service, room, "reader");
    const way = { origin: proxy.url, path: `/v1/rooms/${room}`, token: tokenFor("reader"), ticket };
    for (const [, client] of clients) if (missing.get(client) === null) following.set(client, client.start(way));
    await all(({ inbox }) => inbox.welcomes > 0, 15_000);
    const traffic = startTraffic(service, room);
    await allHaveMore();
    // The server is there all the time, so even who gives up at a refused connection comes back by itself.
    proxy.cut();
    await allHaveMore();
    for (let kill = 1; kill <= kills; kill++) {
      await service.server.restart();
      await allHaveMore();
    }
    await traffic.stop();
    log = await wholeLog(service, room);
    await all(({ inbox }) => inbox.cursor === log.at(-1)?.cursor, 10_000);
  });

  afterAll(async () => {
    await Promise.all(everybody().map((one) => one.stop()));
    await proxy?.stop();
  });

  for (const [rules, client] of clients) {
    const why = missing.get(client) ?? null;
    const skipped = why === null ? "" : ` (${why})`;
    it.skipIf(why !== null)(`${rules} ${client.name} has every message once and in order${skipped}`, () => {
      const { inbox, complaints = "" } = following.get(client) as Following;
      expect(log.length).toBeGreaterThan(betweenKills * kills);
      expect(inbox.welcomes, complaints).toBeGreaterThan(0);
      expect(inbox.cuts, complaints).toBeGreaterThanOrEqual(kills + 1);
      inbox.expectExactly(log);
    });
  }
});
