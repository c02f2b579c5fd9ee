/**
 * The service for other Workers of the same account, over a service binding and without a key: who may bind it is decided
 * where it is deployed. In their wrangler.toml: `[[services]]`, binding = "EDGEWIRE", service = "edgewire",
 * entrypoint = "EdgewireEntrypoint"; then `await env.EDGEWIRE.publish("room:lobby", data)`.
 */
import { WorkerEntrypoint } from "cloudflare:workers";
import type { Env } from "./env.ts";
import { app } from "./http/app.ts";
import { EdgewireServer, type ServerCalls } from "./server/index.ts";

export class EdgewireEntrypoint extends WorkerEntrypoint<Env> implements ServerCalls {
  token(...args: Parameters<ServerCalls["token"]>): ReturnType<ServerCalls["token"]> {
    return this.#server.token(...args);
  }

  publish(...args: Parameters<ServerCalls["publish"]>): ReturnType<ServerCalls["publish"]> {
    return this.#server.publish(...args);
  }

  publishMany(...args: Parameters<ServerCalls["publishMany"]>): ReturnType<ServerCalls["publishMany"]> {
    return this.#server.publishMany(...args);
  }

  presence(...args: Parameters<ServerCalls["presence"]>): ReturnType<ServerCalls["presence"]> {
    return this.#server.presence(...args);
  }

  members(...args: Parameters<ServerCalls["members"]>): ReturnType<ServerCalls["members"]> {
    return this.#server.members(...args);
  }

  history(...args: Parameters<ServerCalls["history"]>): ReturnType<ServerCalls["history"]> {
    return this.#server.history(...args);
  }

  disconnect(...args: Parameters<ServerCalls["disconnect"]>): ReturnType<ServerCalls["disconnect"]> {
    return this.#server.disconnect(...args);
  }

  kick(...args: Parameters<ServerCalls["kick"]>): ReturnType<ServerCalls["kick"]> {
    return this.#server.kick(...args);
  }

  /** The same edge as for everybody, asked within this Worker. */
  get #server(): EdgewireServer {
    const env = keyed(this.env);
    const { API_KEY, AUTH_SECRET, AUTH_ISSUER, AUTH_AUDIENCE } = env;
    return new EdgewireServer({
      url: "https://edgewire.invalid",
      apiKey: API_KEY,
      ...(AUTH_SECRET ? { secret: AUTH_SECRET } : {}),
      ...(AUTH_ISSUER ? { issuer: AUTH_ISSUER } : {}),
      ...(AUTH_AUDIENCE ? { audience: AUTH_AUDIENCE } : {}),
      fetch: async (input, init) => app.fetch(new Request(input, init), env),
    });
  }
}

/** By environment, which is one object for the life of an isolate: so are the settings that are read from it. */
const withKey = new WeakMap<Env, Env & { readonly API_KEY: string }>();

/** Where the deployment has no API_KEY, one that nobody knows and that never leaves the isolate. */
function keyed(env: Env): Env & { readonly API_KEY: string } {
  let known = withKey.get(env);
  if (known === undefined) {
    known = { ...env, API_KEY: env.API_KEY || crypto.randomUUID() };
    withKey.set(env, known);
  }
  return known;
}
