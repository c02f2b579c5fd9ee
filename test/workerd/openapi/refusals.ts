/** How to be refused in every way that the document knows, by code. */
import { generateKeyPair, SignJWT } from "jose";
import { vi } from "vitest";
import type { Channel } from "../support/channel.ts";
import { env, tokenFor } from "../support/service.ts";
import { until } from "../support/until.ts";
import { type Answered, type Asking, ask } from "./ask.ts";
import { bodyOf, type Described, OPERATIONS, parametersOf } from "./described.ts";

interface Occasion {
  readonly operation: Described;
  /** Null: the operation is about none. */
  readonly channel: Channel | null;
  /** What makes the operation succeed. */
  readonly good: Asking;
}

type Refused = (occasion: Occasion) => Promise<Answered>;

/** The service with other variables. */
const serviceWith = (variables: object): typeof env => ({ ...env, ...variables });

/** With each of these in place of what is right. */
const instead =
  (asking: (occasion: Occasion) => Asking | Promise<Asking>): Refused =>
  async (occasion) =>
    ask(occasion.operation, { ...occasion.good, ...(await asking(occasion)) });

const example = ({ operation }: Occasion) => bodyOf(operation)?.examples[0] as Record<string, unknown>;
const queryNames = ({ operation }: Occasion) => parametersOf(operation, "query").map(({ name }) => name);

/** A cursor where one goes: in the query, a header or the body. */
function cursor({ operation }: Occasion, text: string): Asking {
  if (parametersOf(operation, "query").some(({ name }) => name === "after")) return { query: { after: text } };
  return { body: { cursor: text, cursors: { "room:lobby": text } } };
}

/** An id that is none, where one goes. */
function badId({ channel, operation }: Occasion): Asking {
  if (channel !== null) return { id: "a%20b" };
  const lists = { channels: ["lobby"], channel: "lobby", users: ["a b"] };
  return { body: { ...(bodyOf(operation)?.examples[0] as object), ...lists } };
}

const everythingBroken = () => {
  const broken = { ...env };
  return Object.defineProperty(broken, "CHANNEL_RULES", {
    get: () => {
      throw new Error("made by a test");
    },
  });
};

export const REFUSALS: Readonly<Record<string, Refused>> = {
  bad_request: (occasion) =>
    bodyOf(occasion.operation) === null
      ? instead(({ good }) => ({
          query: { ...good.query, [queryNames(occasion)[0] ?? ""]: "1" },
          more: `&${queryNames(occasion)[0]}=1`,
        }))(occasion)
      : instead(() => ({ body: 7 }))(occasion),
  bad_id: instead(badId),
  bad_cursor: instead((occasion) => cursor(occasion, "7")),
  bad_json: (occasion) =>
    bodyOf(occasion.operation) === null
      ? instead(() => ({ query: { data: "{" } }))(occasion)
      : instead(() => ({ body: "{" }))(occasion),
  unauthenticated: instead(() => ({ token: "x.y.z" })),
  forbidden: async (occasion) => {
    const token = await tokenFor("nobody", { capabilities: {} });
    const isEach = occasion.channel === null;
    return instead(() => (isEach ? { token, body: { ...example(occasion), user: "somebody" } } : { token }))(occasion);
  },
  not_found: (occasion) =>
    occasion.operation.path.startsWith("/v1/users/")
      ? instead(() => ({ id: "guest-nobody" }))(occasion)
      : instead(() => ({ query: { connection: "none" } }))(occasion),
  id_conflict: async (occasion) => {
    await ask(occasion.operation, occasion.good);
    return instead(() => ({ body: { ...example(occasion), data: "something else" } }))(occasion);
  },
  gone: async ({ operation, channel }) => {
    if (channel === null) throw new Error("only a channel is erased");
    const { body } = await channel.call("GET", "poll");
    const waits = { after: body.cursor, timeout: "60" };
    const cursors = { [channel.address]: body.cursor };
    const asking = bodyOf(operation) === null ? { query: waits } : { body: { cursors, timeout: 60 } };
    const answer = ask(operation, { id: channel.id, ...asking });
    const waiting = () => channel.inside((_, state) => state.getWebSockets().length > 0);
    await until(waiting, "a poll that waits");
    await channel.call("DELETE", "");
    return answer;
  },
  too_large: instead(({ good }) => ({ query: { ...good.query, unknown: "x".repeat(10_000) } })),
  unsupported_media_type: instead(() => ({ headers: { "content-type": "text/plain" } })),
  upgrade_required: instead(() => ({ headers: { upgrade: "" } })),
  rate_limited: async (occasion) => {
    const strict = serviceWith({ DENIED_PER_MINUTE: "1" });
    const other = OPERATIONS.find(({ operationId }) => operationId === "getRoomMessages") as Described;
    await ask(other, { token: "x.y.z", env: strict });
    return instead(() => ({ env: strict }))(occasion);
  },
  internal: instead(() => ({ env: everythingBroken() })),
  overloaded: async (occasion) => {
    vi.spyOn(globalThis, "fetch").mockRejectedValueOnce(new Error("made by a test: no keys"));
    const token = await tokenOfUnknownKey();
    return instead(() => ({ token, env: serviceWith({ AUTH_JWKS_URL: "https://keys.test/jwks.json" }) }))(occasion);
  },
  not_configured: instead(() => ({ env: serviceWith({ AUTH_SECRET: "", API_KEY: "" }) })),
};

/** Good perhaps, if its key could be had. */
async function tokenOfUnknownKey(): Promise<string> {
  const { privateKey } = await generateKeyPair("ES256");
  return new SignJWT({ sub: "alice", exp: Math.floor(Date.now() / 1000) + 60 })
    .setProtectedHeader({ alg: "ES256" })
    .sign(privateKey);
}
