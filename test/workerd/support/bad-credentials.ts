/** Every kind of credential that must not open anything, each made for the operation that it must not allow. */
import { SignJWT } from "jose";
import { readSecrets, type Secrets } from "../../../src/auth/secrets.ts";
import { mintTicket, type Ticket } from "../../../src/auth/ticket.ts";
import { ALL_OPERATIONS, OPERATIONS, type Operation } from "../../../src/protocol/operations.ts";
import { env, tokenFor, worker } from "./service.ts";

export type Verdict = "unauthenticated" | "forbidden";

/** What a request says of who it is. */
export interface Credential {
  readonly header?: string;
  /** `?ticket=` */
  readonly ticket?: string;
}

export interface BadCredential {
  readonly name: string;
  /** Where it counts for nothing, having no ticket to show, one is a guest: `unauthenticated` too. */
  readonly verdict: Verdict;
  /** @param address of the channel that is asked about, if one is */
  readonly make: (operation: Operation, address: string) => Credential | Promise<Credential>;
}

export const ISSUER = "https://id.example.com/";
export const AUDIENCE = "edgewire";
const now = () => Math.floor(Date.now() / 1000);
const all = { "*": ["*"] };
const right = { iss: ISSUER, aud: AUDIENCE, capabilities: all };

const segment = (value: object) => btoa(JSON.stringify(value)).replaceAll("=", "");
const bearer = (token: string): Credential => ({ header: `Bearer ${token}` });
const claiming = async (claims: Record<string, unknown>) => bearer(await tokenFor("alice", { ...right, ...claims }));
const payload = () => ({ sub: "alice", iat: now(), exp: now() + 3600, ...right });
const signedWith = async (secret: string, alg = "HS256") =>
  bearer(await new SignJWT(payload()).setProtectedHeader({ alg }).sign(new TextEncoder().encode(secret)));
const unsigned = (alg: string) => bearer(`${segment({ alg })}.${segment(payload())}.`);
const altered = async () => {
  const [head, , signature] = (await tokenFor("alice", { ...right, capabilities: {} })).split(".");
  return bearer(`${head}.${segment(payload())}.${signature}`);
};

async function guest(): Promise<Credential> {
  const answer = await worker.fetch("https://edge.test/v1/guests", { method: "POST" });
  return bearer(((await answer.json()) as { token: string }).token);
}

async function ticket(channel: string, more: Partial<Ticket> = {}): Promise<string> {
  const made = {
    user: "alice",
    kind: "user",
    channel,
    operations: ALL_OPERATIONS,
    issuedAt: now(),
    info: null,
  } as const;
  const text = await mintTicket({ ...made, expires: Date.now() + 60_000, ...more }, readSecrets(env) as Secrets);
  if (text === null) throw new Error("no key for tickets");
  return text;
}

const grants = (name: string, needed: Operation) => name === needed || name === "admin";
const allBut = (needed: Operation) => Object.keys(OPERATIONS).filter((name) => !grants(name, needed));

const unauthenticated = (name: string, make: BadCredential["make"]): BadCredential => ({
  name,
  verdict: "unauthenticated",
  make,
});
const forbidden = (name: string, make: BadCredential["make"]): BadCredential => ({ name, verdict: "forbidden", make });

export const BAD_CREDENTIALS: readonly BadCredential[] = [
  unauthenticated("none", () => ({})),
  unauthenticated("two in one", () => bearer(`${env.API_KEY} ${env.API_KEY}`)),
  unauthenticated("the scheme alone", () => ({ header: "Bearer" })),
  unauthenticated("another scheme", () => ({ header: `Basic ${btoa(`server:${env.API_KEY}`)}` })),
  unauthenticated("malformed", () => bearer("x.y.z")),
  unauthenticated("alg none", () => unsigned("none")),
  unauthenticated("alg HS512", () => signedWith(env.AUTH_SECRET.repeat(2), "HS512")),
  unauthenticated("no signature", () => unsigned("HS256")),
  unauthenticated("another's signature", altered),
  unauthenticated("another secret", () => signedWith("w".repeat(32))),
  unauthenticated("expired", () => claiming({ exp: now() - 1, iat: now() - 60 })),
  unauthenticated("not yet valid", () => claiming({ nbf: now() + 600 })),
  unauthenticated("made in the future", () => claiming({ iat: now() + 600 })),
  unauthenticated("without an end", () => claiming({ exp: undefined })),
  unauthenticated("for more than a day", () => claiming({ exp: now() + 25 * 3600 })),
  unauthenticated("another issuer", () => claiming({ iss: `${ISSUER}x` })),
  unauthenticated("no issuer", () => claiming({ iss: undefined })),
  unauthenticated("another audience", () => claiming({ aud: ["other"] })),
  unauthenticated("no audience", () => claiming({ aud: undefined })),
  unauthenticated("of the server", () => claiming({ sub: "server" })),
  unauthenticated("of a guest, not by us", () => claiming({ sub: "guest-1" })),
  unauthenticated("too long", () => claiming({ pad: "x".repeat(8192) })),
  unauthenticated("a part of the key", () => bearer(env.API_KEY.slice(0, -1))),
  unauthenticated("more than the key", () => bearer(`${env.API_KEY}k`)),
  unauthenticated("a key of one letter", () => bearer(env.API_KEY.slice(0, 1))),
  unauthenticated("another key", () => bearer("K".repeat(env.API_KEY.length))),
  unauthenticated("the secret itself", () => bearer(env.AUTH_SECRET)),
  unauthenticated("a guest", guest),
  unauthenticated("a ticket as a token", async (_, address) => bearer(await ticket(address))),
  unauthenticated("an expired ticket", async (_, address) => ({
    ticket: await ticket(address, { expires: Date.now() - 1 }),
  })),
  unauthenticated("a malformed ticket", () => ({ ticket: "x.y.z" })),
  unauthenticated("a token as a ticket", async () => ({ ticket: await tokenFor("alice", right) })),
  forbidden("another channel", () => claiming({ capabilities: { "room:other": ["*"], "user:other": ["*"] } })),
  forbidden("another case", (_, address) => claiming({ capabilities: { [address.toUpperCase()]: ["*"] } })),
  forbidden("no rights", () => claiming({ capabilities: {} })),
  forbidden("all but that right", (needed) => claiming({ capabilities: { "*": allBut(needed) } })),
  forbidden("that right misspelt", (needed) => claiming({ capabilities: { "*": [needed, "Admin"] } })),
];

/** Good for the events of a channel, and nowhere else. */
export const ELSEWHERE: BadCredential = forbidden("a ticket of another channel", async () => ({
  ticket: await ticket("room:other"),
}));
