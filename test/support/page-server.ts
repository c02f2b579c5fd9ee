import { readFile } from "node:fs/promises";
import { createServer } from "node:http";

export interface PageServer {
  stop(): Promise<void>;
}

/**
 * Serves one page, with a module as its only script, at `http://127.0.0.1:<port>/` and `http://localhost:<port>/`: two
 * origins. What the module exports is global in the page.
 */
export async function startPageServer(port: number, script: URL): Promise<PageServer> {
  const module = await readFile(script, "utf8");
  const page = `<!doctype html><title>a page</title>
    <script type="module">import * as all from "/script.js"; Object.assign(globalThis, all);</script>`;
  const server = createServer(({ url }, response) => {
    const [type, body] = url === "/script.js" ? ["text/javascript", module] : ["text/html", page];
    response.writeHead(200, { "content-type": `${type}; charset=utf-8` }).end(body);
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen(port, "127.0.0.1", resolve);
  await promise;
  return {
    stop: () => {
      server.closeAllConnections();
      return new Promise((done) => server.close(() => done()));
    },
  };
}
