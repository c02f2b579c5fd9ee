/** The deployment's entry: the edge, for the world and for other Workers of the account, and the objects it routes to. */
import { app } from "./http/app.ts";

export default { fetch: app.fetch };
export { EdgewireEntrypoint } from "./entrypoint.ts";
export { RelayObject } from "./object/relay-object.ts";
export { RoomObject } from "./object/room-object.ts";
export { UserObject } from "./object/user-object.ts";
