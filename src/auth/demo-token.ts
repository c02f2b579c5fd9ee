/** Tokens for visitors of the demo: short, and good for the rooms and people of their own session only. */
import { SignJWT } from "jose";
import type { Secrets } from "./secrets.ts";

/** s: the least and the most that one lasts. */
export const DEMO_LIFE = { least: 2, most: 900 };

export interface Visitor {
  /** What the page made up when it was opened; whoever knows it shares its rooms. */
  readonly session: string;
  /** Which of its people. */
  readonly person: number;
  /** Shown with the member. */
  readonly name: string;
}

/** The user that a visitor is. The session in the name keeps it from being anybody else. */
export function demoUser({ session, person }: Pick<Visitor, "session" | "person">): string {
  return `demo-${session}-${person}`;
}

/** @param seconds that it lasts. Null: there is no key to sign it with. */
export async function mintDemoToken(
  visitor: Visitor,
  seconds: number,
  { signing: [key], issuer, audience }: Secrets,
  now: number,
): Promise<{ token: string; user: string; expires: number } | null> {
  if (key === undefined) return null;
  const user = demoUser(visitor);
  const iat = Math.floor(now / 1000);
  const rooms = ["subscribe", "history", "publish", "signal", "presence"];
  const capabilities = { [`room:demo-${visitor.session}*`]: rooms, [`user:demo-${visitor.session}-*`]: ["publish"] };
  const claims = new SignJWT({ capabilities, info: { name: visitor.name } })
    .setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .setSubject(user)
    .setIssuedAt(iat)
    .setExpirationTime(iat + seconds);
  if (issuer !== null) claims.setIssuer(issuer);
  if (audience !== null) claims.setAudience(audience);
  return { token: await claims.sign(key), user, expires: (iat + seconds) * 1000 };
}
