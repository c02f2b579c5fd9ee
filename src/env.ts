import type { Variables } from "./config.ts";
import type { RoomObject } from "./object/room-object.ts";
import type { UserObject } from "./object/user-object.ts";

/** What the deployment gives: the variables of `config.ts`, and bindings. */
export interface Env extends Variables {
  readonly ROOMS: DurableObjectNamespace<RoomObject>;
  readonly USERS: DurableObjectNamespace<UserObject>;
  /** What the deployment serves beside the service. */
  readonly ASSETS: Fetcher;
}
