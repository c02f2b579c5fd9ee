import type { Variables } from "./config.ts";
import type { RelayObject } from "./object/relay-object.ts";
import type { RoomObject } from "./object/room-object.ts";
import type { UserObject } from "./object/user-object.ts";

/** What the deployment gives: the variables of `config.ts`, and bindings. */
export interface Env extends Variables {
  readonly ROOMS: DurableObjectNamespace<RoomObject>;
  readonly USERS: DurableObjectNamespace<UserObject>;
  readonly RELAYS: DurableObjectNamespace<RelayObject>;
  /** What the deployment serves beside the service. */
  readonly ASSETS: Fetcher;
}
