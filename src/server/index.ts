/** `edgewire/server`. */
export { EdgewireError } from "../client/errors.ts";
export type {
  HistoryPage,
  Json,
  JsonObject,
  Member,
  MembersPage,
  Message,
  Online,
  PresenceAnswer,
  Receipt,
  Refused,
} from "./answers.ts";
export type { HistoryQuery, MembersQuery, PresenceQuery, PublishOptions, ServerCalls } from "./calls.ts";
export { EdgewireServer, type EdgewireServerOptions } from "./edgewire-server.ts";
export type { Capabilities, TokenOptions } from "./token.ts";
