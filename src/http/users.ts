/** The requests that only a user's channel knows. */
import { READER } from "../api/parameters.ts";
import type { Identity } from "../core/identity.ts";
import { parseCursor } from "../protocol/cursor.ts";
import { requireOperation } from "./authorize.ts";
import { readObject } from "./body.ts";
import type { ChannelRequest } from "./context.ts";
import { askUser, unwrap } from "./dispatch.ts";
import { refuse } from "./problem.ts";

/** The user themself, or who may do everything in their channel. */
function selfOrAdmin({ address, identityFor }: ChannelRequest): Identity {
  const identity = identityFor(null);
  if (identity.kind !== "user" || identity.user !== address.id) requireOperation(identity, "admin");
  return identity;
}

/** Where the user is connected now. */
export async function getUserConnections(request: ChannelRequest): Promise<Response> {
  const identity = selfOrAdmin(request);
  const { env, address } = request;
  const { connections } = unwrap(await askUser(env, address.id, (user) => user.allWhereabouts(identity)));
  return Response.json(connections);
}

/** Logs the user out everywhere. */
export async function deleteUserConnections(request: ChannelRequest): Promise<Response> {
  const identity = selfOrAdmin(request);
  const { env, address } = request;
  return Response.json({ closed: unwrap(await askUser(env, address.id, (user) => user.logOut(identity))) });
}

/** Whether the user is online. */
export async function getUserPresence({ env, address, permitted }: ChannelRequest): Promise<Response> {
  const identity = permitted("presence");
  const { connections, lastSeen } = unwrap(await askUser(env, address.id, (user) => user.allWhereabouts(identity)));
  return Response.json({ online: connections.length > 0, lastSeen, connections: connections.length });
}

/** The inbox is read, on all devices. */
export async function putRead(request: ChannelRequest): Promise<Response> {
  const identity = selfOrAdmin(request);
  const { env, config, address, query } = request;
  const connection = query.text(READER);
  const body = await readObject(request.request, config.BODY_BYTES, 'Send {"cursor": "<epoch>-<seq>"}.');
  const cursor = typeof body.cursor === "string" ? parseCursor(body.cursor) : null;
  if (cursor === null) return refuse("bad_cursor", '"cursor" must be a cursor, as the service gave it.');
  const { read, unread } = unwrap(await askUser(env, address.id, (user) => user.read(identity, cursor, connection)));
  return Response.json({ cursor: read, unread });
}
