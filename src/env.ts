import type { RoomObject } from "./object/room-object.ts";

/** What the deployment gives: bindings, secrets, and the settings of `config.ts` as variables. */
export interface Env {
  readonly ROOMS: DurableObjectNamespace<RoomObject>;
  /** Signs users' tokens (HS256): one secret, or several separated by commas while rotating. Each at least 32 bytes. */
  readonly AUTH_SECRET?: string;
  /** A server's own key. At least 32 bytes. */
  readonly API_KEY?: string;
  /** Exact origins of browsers, separated by commas; or `*` alone. */
  readonly ALLOWED_ORIGINS?: string;
}
