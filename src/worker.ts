/** The deployment's entry: the edge, and the objects it routes to. */
import { app } from "./http/app.ts";

export default { fetch: app.fetch };
export { RoomObject } from "./object/room-object.ts";
export { UserObject } from "./object/user-object.ts";
