import type { Cursor } from "../../protocol/cursor.ts";
import { NO_OPERATIONS } from "../../protocol/operations.ts";
import type { Act } from "../links/calls.ts";

/**
 * How a relay subscribes to its room, where its copy of the log stands: it wants everything that its connections might, and
 * says of none of them that they are members.
 */
export function subscribing(name: string, cursor: Cursor): Act {
  return {
    kind: "subscribe",
    identity: { user: name, kind: "server", operations: NO_OPERATIONS, issuedAt: null, expires: null, info: null },
    options: {
      connection: name,
      transport: "ws",
      view: "frames",
      start: { kind: "after", cursor },
      presence: "none",
      member: false,
      echo: true,
      acks: "batch",
      signals: true,
    },
  };
}
