import { listDurableObjectIds } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { USER } from "../../src/api/parameters.ts";
import type { Route } from "../../src/api/route.ts";
import { ROUTES } from "../../src/api/routes.ts";
import type { Schema } from "../../src/api/schema.ts";
import { SCHEMAS } from "../../src/api/schemas.ts";
import { CODES } from "../../src/protocol/codes.ts";
import type { Operation } from "../../src/protocol/operations.ts";
import {
  AUDIENCE,
  BAD_CREDENTIALS,
  type BadCredential,
  type Credential,
  ELSEWHERE,
  ISSUER,
} from "./support/bad-credentials.ts";
import { env, tokenFor, worker } from "./support/service.ts";

// Before the first request: the settings are read once. Most of this is refused.
Object.assign(env, { AUTH_ISSUER: ISSUER, AUTH_AUDIENCE: AUDIENCE, LOG_LEVEL: "off", DENIED_PER_MINUTE: "0" });

const ID = "lobby";

/** What is about many channels: what it asks for, and what comes back to who may do it in none of them. */
const EACH: Readonly<Record<string, { operation: Operation; body: object; answer: object | null }>> = {
  postMessages: {
    operation: "publish",
    body: { channels: [`room:${ID}`, `user:${ID}`], data: 1 },
    answer: { results: { [`room:${ID}`]: expect.anything(), [`user:${ID}`]: expect.anything() } },
  },
  postPresence: { operation: "presence", body: { rooms: [ID], users: [ID] }, answer: { users: {}, rooms: {} } },
  postTickets: { operation: "subscribe", body: { channel: `room:${ID}` }, answer: null },
};

interface Asked {
  readonly name: string;
  readonly route: Route;
  readonly method: string;
  readonly path: string;
}

/** All of the table, in every place and by every method that it is served by. */
const ASKED: readonly Asked[] = Object.entries<Route>(ROUTES).flatMap(([name, route]) =>
  route.paths.flatMap((path) => {
    const methods = route.method === "GET" && !route.streams ? ["GET", "HEAD"] : [route.method];
    return methods.map((method) => ({ name, route, method, path: path.replace(":id", ID) }));
  }),
);
const isSocket = ({ route }: Asked) => route.credential === "subprotocol";

/** The right that it takes; null: none. */
function operationOf({ name, route: { right } }: Asked): Operation | null {
  if (right === "free" || right === "nothing") return null;
  if (right === "self") return "admin"; // of whoever is not that user
  if (right !== "each") return right;
  const each = EACH[name];
  if (each === undefined) throw new Error(`${name} is about many channels: say in EACH what is to be expected of it`);
  return each.operation;
}

function addressOf({ path }: Asked): string {
  return `${path.startsWith("/v1/users/") ? "user" : "room"}:${ID}`;
}

/** What is answered: a status, or 200 where each channel speaks for itself. */
function expected(asked: Asked, { name, verdict }: BadCredential): number {
  if (operationOf(asked) === null) return Number(Object.keys(asked.route.answers)[0]);
  // Once it is known who asks.
  const isKnown = verdict === "forbidden" || name === "a guest";
  if (isKnown && asked.route.right === "each" && EACH[asked.name]?.answer) return 200;
  return verdict === "forbidden" ? 403 : 401;
}

/** Asks as the table's example does. `named`: for whom, where the request can say that. */
async function ask({ name, route, method, path }: Asked, { header, ticket }: Credential, named?: string) {
  const headers = new Headers(route.credential === "subprotocol" ? { upgrade: "websocket" } : {});
  if (header !== undefined) headers.set("authorization", header);
  const example = EACH[name]?.body ?? Object.values(route.body?.examples ?? {})[0];
  if (example !== undefined) headers.set("content-type", "application/json");
  const isInQuery = route.parameters?.includes(USER) === true;
  const body = example ? JSON.stringify(isInQuery ? example : { ...example, user: named }) : null;
  const query = { ...(isInQuery && named && { user: named, connection: "x" }), ...(ticket && { ticket }) };
  const answer = await worker.fetch(`https://edge.test${path}?${new URLSearchParams(query)}`, {
    method,
    headers,
    body,
  });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}

const objects = async () => [await listDurableObjectIds(env.ROOMS), await listDurableObjectIds(env.USERS)];

describe("AUTH-4 AUTH-6 GUEST-3 TICKET-1 every route refuses every bad credential, in the same words, and makes no object", () => {
  test.each(ASKED.map((asked) => [`${asked.method} ${asked.path}`, asked] as const))("%s", async (_name, asked) => {
    const before = await objects();
    const operation = operationOf(asked);
    const kinds = asked.route.credential === "ticket" ? [...BAD_CREDENTIALS, ELSEWHERE] : BAD_CREDENTIALS;
    const wrong: string[] = [];
    const words = new Set<string>();
    for (const kind of kinds) {
      const answer = await ask(asked, await kind.make(operation ?? "publish", addressOf(asked)));
      const should = expected(asked, kind);
      if (answer.status !== should) wrong.push(`${kind.name}: ${answer.status}, not ${should}`);
      if (answer.status === 401) {
        expect(answer.headers.get("www-authenticate")).toBe("Bearer");
        words.add(answer.text);
      }
      if (asked.method === "HEAD" || operation === null) continue;
      const body = JSON.parse(answer.text);
      if (answer.status === 200) {
        expect(body).toEqual(EACH[asked.name]?.answer);
        const refused = { code: kind.verdict, detail: expect.any(String) };
        for (const result of Object.values(body.results ?? {})) expect(result).toEqual(refused);
      } else expect(body).toMatchObject({ status: should, code: kind.verdict });
    }
    expect(wrong).toEqual([]);
    expect([...words].length).toBeLessThanOrEqual(1);
    expect(await objects()).toEqual(before);
  });

  test("the look at the objects sees one that was made", async () => {
    const before = await objects();
    expect((await worker.fetch(`https://edge.test/v1/rooms/${ID}/messages`, { headers: good })).status).toBe(200);
    expect(await objects()).not.toEqual(before);
  });
});

const good = { authorization: `Bearer ${env.API_KEY}` };
const sockets = ASKED.filter(isSocket);
/** What a subprotocol can carry. */
const inProtocols = async ({ make }: BadCredential, asked: Asked): Promise<string> => {
  const { header = "" } = await make("subscribe", addressOf(asked));
  return header === "" ? "edgewire.v1" : `edgewire.v1, edgewire.token.${header.replace(/^\w+ ?/, "")}`;
};

describe("CONNECT-2 AUTH-4 a browser's handshake is let in, closed at once with the same verdict, and makes no object", () => {
  test.each(sockets.map((asked) => [asked.path, asked] as const))("%s", async (path, asked) => {
    const before = await objects();
    const wrong: string[] = [];
    for (const kind of BAD_CREDENTIALS.filter(({ name }) => name !== "two in one")) {
      const headers = { upgrade: "websocket", "sec-websocket-protocol": await inProtocols(kind, asked) };
      const { webSocket } = await worker.fetch(`https://edge.test${path}`, { headers });
      const { promise, resolve } = Promise.withResolvers<CloseEvent>();
      webSocket?.addEventListener("close", resolve);
      webSocket?.accept();
      const { code, reason } = await promise;
      if (code !== 4000 + CODES[kind.verdict].status || reason !== kind.verdict)
        wrong.push(`${kind.name}: ${code} ${reason}`);
    }
    expect(wrong).toEqual([]);
    expect(await objects()).toEqual(before);
  });
});

describe("AUTH-7 a token acts for its own user only, wherever a request can name one, and makes no object", () => {
  const naming = ASKED.filter(({ route: { parameters = [], body } }) => {
    const schemas = Object.entries<Schema>(SCHEMAS).filter(([schema]) => JSON.stringify(body)?.includes(`/${schema}"`));
    const isInBody = schemas.some(([, { properties }]) => "user" in ((properties as object | undefined) ?? {}));
    return isInBody || parameters.includes(USER);
  });

  test("there are such routes", () => {
    expect(new Set(naming.map(({ name }) => name)).size).toBeGreaterThanOrEqual(8);
  });

  test.each(naming.map((asked) => [`${asked.method} ${asked.path}`, asked] as const))("%s", async (_name, asked) => {
    const before = await objects();
    const token = await tokenFor("alice", { iss: ISSUER, aud: AUDIENCE, capabilities: { "*": ["*"] } });
    const answer = await ask(asked, { header: `Bearer ${token}` }, "bob");
    expect([answer.status, JSON.parse(answer.text).code]).toEqual([403, "forbidden"]);
    expect(await objects()).toEqual(before);
  });
});
