import { type AddressInfo, createServer, type Server } from "node:net";
import { afterEach, expect, test } from "vitest";
import { findPort, isFree } from "../../../src/cli/port.mjs";

const servers: Server[] = [];

/** Listens on a port of the system's choice and returns it. */
async function listen(host: string): Promise<number> {
  const server = createServer();
  servers.push(server);
  await new Promise<void>((resolve) => {
    server.listen(0, host, resolve);
  });
  return (server.address() as AddressInfo).port;
}

afterEach(async () => {
  for (const server of servers.splice(0))
    await new Promise((resolve) => {
      server.close(resolve);
    });
});

test.each(["127.0.0.1", "0.0.0.0"])(
  "a port that is listened on at %s is not free, and the search goes on",
  async (host) => {
    const port = await listen(host);
    expect(await isFree(port)).toBe(false);
    expect(await findPort(port)).toBeGreaterThan(port);
  },
);

test("a free port is found at once, and looking leaves it free", async () => {
  const port = await listen("127.0.0.1");
  const free = (await findPort(port)) as number;
  expect(await findPort(free)).toBe(free);
  expect(await isFree(free)).toBe(true);
});

test("beyond the last port there is none", async () => {
  expect(await findPort(65_536)).toBeNull();
});
