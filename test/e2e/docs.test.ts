import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { docsAssets } from "../../src/cli/openapi/assets.ts";
import { openApiDocument } from "../../src/cli/openapi/document.ts";
import { curlOf, socketOf } from "../../src/cli/openapi/example.ts";
import { launchChromium } from "../support/chromium.ts";
import { call } from "../support/http.ts";
import { describeWith } from "../support/installed.ts";
import { apiKey, tokenFor, useService } from "../support/service.ts";

const service = useService();
const texts = await docsAssets();

describe("HTTP-7 the service says what it is", () => {
  const files = [
    ["/docs", "text/html; charset=utf-8"],
    ["/docs.css", "text/css; charset=utf-8"],
    ["/openapi.json", "application/json"],
    ["/llms.txt", "text/plain; charset=utf-8"],
    ["/spec.md", "text/plain; charset=utf-8"],
  ] as const;
  it.each(files)("%s, without credentials", async (path, type) => {
    const answer = await fetch(service.origin() + path);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe(type);
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
    expect(await answer.text()).toBe(texts.get(path.slice(1)));
  });

  it("programs of any origin may read the document; the page may run nothing and be framed by nobody", async () => {
    const document = await fetch(`${service.origin()}/openapi.json`, { headers: { origin: "https://tools.example" } });
    expect(document.headers.get("access-control-allow-origin")).toBe("*");
    const policy = (await fetch(`${service.origin()}/docs`)).headers.get("content-security-policy");
    expect(policy).toMatch(/^default-src 'none'; style-src 'self'; .*frame-ancestors 'none'$/);
  });
});

/** What the page shows; an inbox is asked as a room is. */
const operations = Object.entries(openApiDocument().paths).flatMap(([path, methods]) =>
  Object.entries(methods)
    .filter(([, { operationId }]) => !operationId.includes("Inbox"))
    .map(([method, operation]) => ({ id: operation.operationId, method, path, operation })),
);
const isSocket = ({ operation }: (typeof operations)[number]) => "101" in operation.responses;

describeWith("curl", "HTTP-7 what the page tells to type works", () => {
  const commands = operations.filter((each) => !isSocket(each));

  it.each(commands.map((each) => [each.id, each] as const))("%s", async (id, { method, path, operation }) => {
    const member = await call<{ connection: string }>("GET", `${service.origin()}/v1/rooms/lobby/poll?member=1`, {
      token: apiKey,
    });
    const env = { PATH: process.env.PATH, URL: service.origin(), TOKEN: apiKey, CONNECTION: member.body.connection };
    // A stream does not end by itself.
    const patience = id === "streamRoom" ? 1 : 10;
    const command = curlOf(method, path, operation).replace(
      /^curl /,
      `curl -s -o /dev/null -w '%{http_code}' --max-time ${patience} `,
    );
    const { stdout, stderr } = spawnSync("bash", ["-c", command], { env, encoding: "utf8" });
    expect(Object.keys(operation.responses), `${command}\n${stderr}`).toContain(stdout);
    expect(Number(stdout), command).toBeLessThan(300);
  });
});

describe("HTTP-7 what the page tells a browser to run works", () => {
  it.each(operations.filter(isSocket).map(({ path }) => [path]))("%s", (path) => {
    const shown = socketOf(path).replace("wss://…", service.origin().replace("http", "ws"));
    const program = `const token = ${JSON.stringify(tokenFor("alice"))};
      ${shown}
      socket.addEventListener("message", () => process.exit());`;
    const { stdout, stderr } = spawnSync(process.execPath, ["-e", program], { encoding: "utf8", timeout: 10_000 });
    expect(stdout, stderr).toMatch(/^\{"type":"welcome",/);
  });
});

describeWith("chromium", "HTTP-7 the page in a browser", () => {
  it("reads without a word on the console, asks nobody else, and fits a phone", async () => {
    const browser = await launchChromium();
    try {
      const page = await browser.newPage({ viewport: { width: 360, height: 740 } });
      const said: string[] = [];
      const asked: string[] = [];
      page.on("console", (message) => said.push(message.text()));
      page.on("pageerror", (error) => said.push(String(error)));
      page.on("request", (request) => asked.push(request.url().replace(service.origin(), "")));
      await page.goto(`${service.origin()}/docs#postRoomMessages`);
      expect(said).toEqual([]);
      expect(asked).toEqual(["/docs", "/docs.css"]);
      expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
    } finally {
      await browser.close();
    }
  });
});
