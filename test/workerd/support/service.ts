import { exports, env as given } from "cloudflare:workers";
import { SignJWT } from "jose";
import type { SettingName } from "../../../src/config.ts";
import type { Env } from "../../../src/env.ts";

/** The bindings, secrets and settings that the Worker and its objects were started with. */
export const env = given as unknown as Env & { AUTH_SECRET: string; API_KEY: string };

/** The Worker under test: what it is asked passes its edge, as from outside. */
export const worker = (exports as unknown as { default: Fetcher }).default;

const everything = { "room:*": ["subscribe", "history", "publish", "signal", "presence"] };

/** A token of that user, for an hour and everything in every room unless told otherwise. */
export function tokenFor(user: string, claims: Record<string, unknown> = {}): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({ sub: user, iat: now, exp: now + 3600, capabilities: everything, ...claims })
    .setProtectedHeader({ alg: "HS256" })
    .sign(new TextEncoder().encode(env.AUTH_SECRET));
}

/** Starts the service of the calling file with other settings. Before its first request: they are read once. */
export function useSettings(settings: Partial<Record<SettingName, number>>): void {
  for (const [name, value] of Object.entries(settings))
    (env as unknown as Record<string, string>)[name] = String(value);
}
