import type { Dialect } from "./dialect.ts";
import { edgewireDialect } from "./edgewire-dialect.ts";
import type { Target } from "./job.ts";
import { relayDialect } from "./relay-dialect.ts";
import { socketIoDialect } from "./socket-io-dialect.ts";

/** @param acks how Edgewire acknowledges what is published */
export function dialectOf({ dialect, apiKey, prefix }: Target, acks: "batch" | "single"): Dialect {
  switch (dialect) {
    case "edgewire":
      return edgewireDialect(apiKey, acks);
    case "relay":
      return relayDialect(prefix);
    case "socket.io":
      return socketIoDialect;
    default:
      return dialect satisfies never;
  }
}
