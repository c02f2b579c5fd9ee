/** The SDK in the network of a run: in a hurry, readable from below, and without the transports that are blocked. */
import WebSocket from "ws";
import { Edgewire, type EdgewireOptions, type TransportName } from "../../../src/client/index.ts";
import type { Random } from "../random.ts";

interface SdkWireParts {
  readonly user: string;
  /** Origin. */
  readonly url: string;
  readonly token: () => string;
  readonly transports: readonly TransportName[];
  /** Whether all rooms share a connection. */
  readonly multiplex: boolean;
  readonly random: Random;
  readonly more?: Partial<EdgewireOptions>;
}

/** The same backoff, so many times shorter: a run has more faults than a life. */
const HURRY = 20;
/** By which request a transport is begun. */
const ENDPOINTS: readonly (readonly [TransportName, RegExp])[] = [
  ["sse", /\/events\?/],
  ["poll", /\/poll(\?|$)/],
];

export class SdkWire {
  readonly user: string;
  readonly wire: Edgewire;
  /** What does not come through: what is open stays. */
  readonly blocked = new Set<TransportName>();
  readonly #woken = new Set<() => void>();

  constructor({ user, url, token, transports, multiplex, random, more }: SdkWireParts) {
    const { blocked } = this;
    this.user = user;
    this.wire = new Edgewire({
      ...{ url, token, transports, multiplex },
      random: () => random.fraction() / HURRY,
      onWake: (wake) => {
        this.#woken.add(wake);
        return () => this.#woken.delete(wake);
      },
      // Uncompressed, so that what comes can be searched below it.
      fetch: (input, init) => {
        const isBlocked = ENDPOINTS.some(([name, endpoint]) => blocked.has(name) && endpoint.test(String(input)));
        const headers = { ...(init?.headers as Record<string, string>), "accept-encoding": "identity" };
        return isBlocked ? Promise.reject(new TypeError("blocked")) : fetch(input, { ...init, headers });
      },
      WebSocket: class extends WebSocket {
        constructor(address: string, protocols: string[]) {
          super(blocked.has("websocket") ? "ws://127.0.0.1:1" : address, protocols, { perMessageDeflate: false });
        }
      } as unknown as typeof globalThis.WebSocket,
      ...more,
    });
  }

  /** The device wakes: what it has fallen back from is tried again at once. */
  wake(): void {
    for (const wake of [...this.#woken]) wake();
  }
}
