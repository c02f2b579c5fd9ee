import { afterAll, beforeAll, it } from "vitest";
import { TcpProxy } from "../../fault/proxy/proxy.ts";
import { startTraffic } from "../../support/busy-room.ts";
import { connect } from "../../support/client.ts";
import { describeWith } from "../../support/installed.ts";
import { type Nginx, startNginx } from "../../support/nginx.ts";
import { connectPoll } from "../../support/poll-client.ts";
import { expectWholeLog } from "../../support/readers.ts";
import { apiKey, authSecret, tokenFor, uniqueRoom, useService } from "../../support/service.ts";
import { connectSse } from "../../support/sse-client.ts";
import type { ConnectOptions, Subscriber } from "../../support/subscriber.ts";
import { follow } from "../../support/traffic.ts";
import { transports } from "../../support/transports.ts";
import { until } from "../../support/until.ts";

/** Seconds; nginx's own is 60, with which a comment every 15 s has the same room to spare. */
const readTimeout = 3;
/** ms between two comments of a stream, and two pings of a socket. */
const beatEvery = 1_000;
/** So many take twice as long as nginx is patient. */
const beatsToOutlive = (2 * readTimeout * 1000) / beatEvery;
/** ms for what is passed on at once. A buffer would keep it until it is full: for ever, in these rooms. */
const atOnce = 3_000;

describeWith("nginx", "behind nginx as it comes", () => {
  const service = useService({ AUTH_SECRET: authSecret, API_KEY: apiKey, STREAM_COMMENT_EVERY: String(beatEvery) });
  const open: Subscriber[] = [];
  let proxy: TcpProxy;
  let nginx: Nginx;

  beforeAll(async () => {
    proxy = await TcpProxy.start({ target: service.origin });
    nginx = await startNginx({ upstream: proxy.url, readTimeout });
  });
  afterAll(async () => {
    for (const { chain } of open) for (const client of chain) client.terminate();
    await nginx?.stop();
    await proxy?.stop();
  });

  const through = (room: string, more: Partial<ConnectOptions> = {}): ConnectOptions => {
    return { server: () => nginx.url, channel: `room:${room}`, token: tokenFor("reader"), ...more };
  };
  const opened = <S extends Subscriber>(client: S): S => {
    open.push(client);
    return client;
  };
  const expectAtOnce = async (client: Subscriber, room: string, data: string) => {
    await service.publish(room, { data });
    await client.until(({ messages }) => messages.at(-1)?.data === data, data, atOnce);
  };

  it.concurrent("SSE-2 events come at once, each for itself", async () => {
    const room = uniqueRoom("nginx");
    const client = opened(await connectSse(through(room, { timeout: atOnce })));
    for (const data of ["one", "two", "three"]) await expectAtOnce(client, room, data);
  });

  it.concurrent("SSE-4 a stream on which nothing happens outlives nginx's patience", async () => {
    const room = uniqueRoom("nginx");
    const client = opened(await connectSse(through(room)));
    await client.until(({ comments }) => comments >= beatsToOutlive, "comments", 20_000);
    await expectAtOnce(client, room, "still here");
  });

  it.concurrent("POLL-1 a poll waits and is answered at once when something comes", async () => {
    const room = uniqueRoom("nginx");
    const client = opened(await connectPoll(through(room, { query: { timeout: 2 } })));
    for (const data of ["one", "two"]) await expectAtOnce(client, room, data);
  });

  it.concurrent("CONNECT-1 HEART-1 a WebSocket is upgraded, and its heartbeat keeps it", async () => {
    const room = uniqueRoom("nginx");
    const client = opened(await connect(through(room, { heartbeat: beatEvery })));
    await client.until(({ pongs }) => pongs >= beatsToOutlive, "pongs", 20_000);
    await expectAtOnce(client, room, "still here");
  });

  it("TRANSPORT-1 RESUME-2 every transport has every message, though nginx answers 502 while the server is gone", async () => {
    const room = uniqueRoom("nginx");
    const readers = await Promise.all(
      transports.map(async ({ name, connect }) =>
        opened(await connect(through(room, { query: name === "poll" ? { timeout: 2 } : {} }))),
      ),
    );
    const followers = readers.map((reader) => follow(reader));
    const received = () => followers.map(({ chain }) => chain.reduce((sum, { messages }) => sum + messages.length, 0));
    const allHave = (count: number) =>
      until(() => received().every((number) => number >= count), { what: () => `${count} each, not ${received()}` });
    const traffic = startTraffic(service, room);
    await allHave(20);
    await service.server.restart();
    await allHave(Math.max(...received()) + 20);
    await traffic.stop();
    const last = await Promise.all(followers.map((follower) => follower.open()));
    await expectWholeLog(service, room, last);
    for (const follower of followers) follower.stop();
  });
});
