import { request } from "node:http";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startPlug } from "../../../src/cli/demo/plug.mjs";

const OWN = "http://127.0.0.1:8787";

describe("the plug", () => {
  let plug: Awaited<ReturnType<typeof startPlug>>;
  let url: URL;
  let pulled = 0;

  beforeAll(async () => {
    plug = await startPlug({
      isOwnOrigin: (origin) => origin === OWN,
      plug: async () => {
        pulled++;
        return 1234;
      },
    });
    url = new URL(plug.url);
  });
  beforeEach(() => {
    pulled = 0;
  });
  afterAll(() => plug.close());

  /** By node:http, which lets a test lie about `Host` and `Origin`. */
  function ask(
    method: string,
    headers: Record<string, string>,
    path = url.pathname,
  ): Promise<{ status: number; text: string }> {
    return new Promise((resolve, reject) => {
      const asked = request({ method, host: url.hostname, port: url.port, path, headers }, (response) => {
        let text = "";
        response.on("data", (part) => {
          text += part;
        });
        response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
      });
      asked.on("error", reject).end();
    });
  }
  const bearer = () => ({ authorization: `Bearer ${url.hash.slice(1)}` });

  it("listens on loopback only, behind a token that nobody guesses", () => {
    expect(url.hostname).toBe("127.0.0.1");
    expect(url.hash.length).toBeGreaterThan(30);
  });

  it("is pulled by the service's own page", async () => {
    expect(await ask("POST", { origin: OWN, ...bearer() })).toEqual({ status: 200, text: '{"ms":1234}' });
    expect(pulled).toBe(1);
  });

  it("lets that page ask first whether it may", async () => {
    expect(await ask("OPTIONS", { origin: OWN })).toMatchObject({ status: 204 });
    expect(pulled).toBe(0);
  });

  it.each([
    ["a page of another origin", 403, () => ({ origin: "http://evil.test", ...bearer() })],
    ["a page of a look-alike", 403, () => ({ origin: `${OWN}.evil.test`, ...bearer() })],
    ["no page", 403, () => bearer()],
    ["a name that was made to point here", 403, () => ({ origin: OWN, host: `evil.test:${url.port}`, ...bearer() })],
    ["no token", 401, () => ({ origin: OWN })],
    ["another token", 401, () => ({ origin: OWN, authorization: "Bearer guess" })],
  ] as const)("is not pulled by %s", async (_who, status, headers) => {
    expect((await ask("POST", headers())).status).toBe(status);
    expect(pulled).toBe(0);
  });

  it("is not pulled by a look, nor anywhere else", async () => {
    expect((await ask("GET", { origin: OWN, ...bearer() })).status).toBe(404);
    expect((await ask("POST", { origin: OWN, ...bearer() }, "/other")).status).toBe(404);
    expect(pulled).toBe(0);
  });
});
