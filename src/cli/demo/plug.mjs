// The button "Pull the plug" of the page: a loopback address where whoever has the token, on a page of the service's own,
// may have it killed and started again.
import { randomBytes, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";

const HOST = "127.0.0.1";

/**
 * @param {object} options
 * @param {(origin: string) => boolean} options.isOwnOrigin whether a page of that origin is the service's own
 * @param {() => Promise<number>} options.plug kills the service and starts it again; resolves with how many ms that took
 * @returns {Promise<{ url: string, close: () => void }>} `url`: with the token behind `#`
 */
export async function startPlug({ isOwnOrigin, plug }) {
  const token = randomBytes(24).toString("base64url");
  const server = createServer(async (request, response) => {
    const { origin = "", host, authorization = "" } = request.headers;
    // Another name in `Host` is another site's, which has made its own name point here.
    if (host !== `${HOST}:${port()}` || !isOwnOrigin(origin)) return answer(403, null);
    if (request.method === "OPTIONS") return answer(204, null);
    if (request.method !== "POST" || request.url !== "/plug") return answer(404, null);
    if (!isSame(authorization, `Bearer ${token}`)) return answer(401, null);
    return answer(200, { ms: await plug() });

    /**
     * @param {number} status
     * @param {object | null} body
     */
    function answer(status, body) {
      const allowed = {
        "access-control-allow-origin": origin,
        "access-control-allow-headers": "authorization",
        "access-control-allow-methods": "POST",
        vary: "Origin",
      };
      response.writeHead(status, { "content-type": "application/json", ...(status === 403 ? {} : allowed) });
      response.end(body === null ? undefined : JSON.stringify(body));
    }
  });
  const port = () => /** @type {import("node:net").AddressInfo} */ (server.address()).port;
  await new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, HOST, () => resolve(undefined));
  });
  return {
    url: `http://${HOST}:${port()}/plug#${token}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/**
 * @param {string} given
 * @param {string} expected
 */
function isSame(given, expected) {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
