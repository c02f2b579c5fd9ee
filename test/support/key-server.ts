/** The public keys of an identity provider, over HTTP: they rotate, and the server misbehaves when it is told to. */
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";
import { type Claims, claimsOf } from "./tokens.ts";

export type Algorithm = "ES256" | "RS256" | "EdDSA";

/** A key pair, and the tokens it signs. */
export interface SigningKey {
  readonly alg: Algorithm;
  readonly kid: string;
  /** As the server shows it. */
  readonly jwk: JWK;
  readonly privateKey: CryptoKey;
  /** A token of these claims. `header` is added to `alg` and `kid`; undefined takes one of them out. */
  sign(claims: Claims, header?: Record<string, unknown>): Promise<string>;
  /** A good token of that user, for everything in every room. */
  tokenFor(user: string, claims?: Claims): Promise<string>;
}

const everything = { "room:*": ["subscribe", "history", "publish", "signal", "presence"] };
let made = 0;

export async function newKey(alg: Algorithm, kid = `key-${++made}`): Promise<SigningKey> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid, alg, use: "sig" };
  const sign: SigningKey["sign"] = (claims, header = {}) => {
    const all = Object.entries({ alg, kid, typ: "JWT", ...header }).filter(([, value]) => value !== undefined);
    return new SignJWT(claims).setProtectedHeader(Object.fromEntries(all) as { alg: string }).sign(privateKey);
  };
  const tokenFor: SigningKey["tokenFor"] = (user, claims) => sign(claimsOf(user, everything, claims));
  return { alg, kid, jwk, privateKey, sign, tokenFor };
}

/** How it answers. `silent`: never. `dripping`: the head at once, the body never to its end. */
export type Mood = "good" | "silent" | "dripping" | "error" | "reset" | "redirect" | "busy" | { nonsense: string };

export interface KeyServer {
  readonly url: string;
  /** Requests so far. */
  readonly requests: number;
  mood: Mood;
  /** What it shows from now on. */
  show(...keys: (SigningKey | JWK)[]): void;
  stop(): Promise<void>;
}

export async function startKeyServer(...first: SigningKey[]): Promise<KeyServer> {
  let keys: JWK[] = [];
  let requests = 0;
  const shown = () => JSON.stringify({ keys });
  const server = createServer((_request, response) => {
    requests++;
    answer(response, keyServer.mood, shown());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`;
  const keyServer: KeyServer = {
    url,
    get requests() {
      return requests;
    },
    mood: "good",
    show: (...next) => {
      keys = next.map((key) => ("jwk" in key ? (key.jwk as JWK) : (key as JWK)));
    },
    stop: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  keyServer.show(...first);
  return keyServer;
}

function answer(response: ServerResponse, mood: Mood, keys: string): void {
  if (typeof mood === "object") return void response.end(mood.nonsense);
  switch (mood) {
    case "good":
      response.writeHead(200, { "content-type": "application/jwk-set+json" }).end(keys);
      return;
    case "silent":
      return;
    case "dripping":
      response.writeHead(200, { "content-length": String(keys.length) }).write(keys.slice(0, -1));
      return;
    case "error":
      // The keys are right, the status is not: whoever does not look at it would take them.
      response.writeHead(500).end(keys);
      return;
    case "reset":
      response.destroy();
      return;
    case "redirect":
      response.writeHead(302, { location: "/elsewhere.json" }).end(keys);
      return;
    case "busy":
      response.writeHead(503, { "retry-after": "3600" }).end();
      return;
    default:
      mood satisfies never;
  }
}
