import type { RoomObject } from "./object/room-object.ts";

/** Secrets and variables of a deployment, beside the limits and intervals of `config.ts`. */
export interface Variables {
  /** Signs users' tokens (HS256): one secret, or several separated by commas while rotating. Each at least 32 bytes. */
  readonly AUTH_SECRET?: string;
  /** A server's own key: may do everything. At least 32 bytes. */
  readonly API_KEY?: string;
  /** Where the public keys for ES256, RS256 and EdDSA tokens are (a JWK set). */
  readonly AUTH_JWKS_URL?: string;
  /** What a token's `iss` must be, if it is set. */
  readonly AUTH_ISSUER?: string;
  /** What a token's `aud` must be or hold, if it is set. */
  readonly AUTH_AUDIENCE?: string;
  /** What holds for channels by pattern: see `channel-rules.ts`. */
  readonly CHANNEL_RULES?: string;
  /** Exact origins of browsers, separated by commas; or `*` alone. */
  readonly ALLOWED_ORIGINS?: string;
  /** What is logged: `info` (one line a refusal or fault, without ids), `debug` (with ids), `off`. */
  readonly LOG_LEVEL?: string;
}

/** What the deployment gives. */
export interface Env extends Variables {
  readonly ROOMS: DurableObjectNamespace<RoomObject>;
}
