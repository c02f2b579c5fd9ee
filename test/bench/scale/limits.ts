/**
 * What the platform allows, each with the page that says so. Read in stored copies of Cloudflare's documentation on
 * 2026-11-22, which may be older than the pages are.
 */
export interface Limit {
  readonly what: string;
  readonly value: number;
  /** `hard`: enforced; `soft`: what the documentation calls so; `unsaid`: whether it holds here, no page says. */
  readonly kind: "hard" | "soft" | "unsaid";
  readonly source: string;
}

const DOCS = "https://developers.cloudflare.com";

export const LIMITS = {
  requestsPerSecond: {
    what: "requests a second to one object",
    value: 1000,
    kind: "soft",
    source: `${DOCS}/durable-objects/platform/limits/ ("How much work can a single Durable Object do?")`,
  },
  sockets: {
    what: "hibernatable sockets of one object",
    value: 32_768,
    kind: "hard",
    source: `${DOCS}/durable-objects/api/state/ (acceptWebSocket): "CPU and memory … may further limit" it`,
  },
  memory: {
    what: "memory of an isolate, bytes; objects of one Worker may share one",
    value: 128e6,
    kind: "hard",
    source: `${DOCS}/workers/platform/limits/ (Memory), ${DOCS}/durable-objects/reference/in-memory-state/`,
  },
  subrequests: {
    what: "calls out of one invocation (paid; to be raised to 10 million by limits.subrequests)",
    value: 10_000,
    kind: "hard",
    source: `${DOCS}/workers/platform/limits/ (Subrequests); 1,000 before the changelog of 2026-02-11`,
  },
  subrequestsFree: {
    what: "calls out of one invocation to Cloudflare's own services, free plan",
    value: 1000,
    kind: "hard",
    source: `${DOCS}/workers/platform/limits/ (Subrequests: "internal services like … Durable Objects"); 50 to the Internet`,
  },
  /**
   * "Six connections waiting for response headers"; the page lists fetch, KV, Cache, R2, Queues and connect(), not calls to
   * objects, and the question was asked and not answered (github.com/cloudflare/cloudflare-docs/issues/22320). Since
   * 2026-05-30 the objects' page has the same line. workerd does not enforce it.
   */
  connectionsAtOnce: {
    what: "connections of one invocation that wait for an answer, if calls to objects count",
    value: 6,
    kind: "unsaid",
    source: `${DOCS}/workers/platform/limits/ (Simultaneous open connections), ${DOCS}/durable-objects/platform/limits/`,
  },
} as const satisfies Record<string, Limit>;
