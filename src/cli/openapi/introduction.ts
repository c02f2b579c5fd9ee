/** What the OpenAPI document says before its routes. */
import { SETTINGS } from "../../config.ts";
import { PROTOCOL } from "../../protocol/frames.ts";
import { amount } from "../docs/tables.ts";

const limit = (name: "BODY_BYTES" | "MESSAGE_DATA_BYTES" | "MEMBER_DATA_BYTES" | "URL_BYTES" | "TOKEN_BYTES") =>
  `${amount(SETTINGS[name].default, "bytes")} (\`${name}\`)`;

export const INTRODUCTION = {
  title: "Edgewire",
  version: `${PROTOCOL}.0.0`,
  summary: "Real-time rooms: ordered, resumable, exactly once.",
  license: { name: "MIT", identifier: "MIT" },
  description: [
    "A channel is an ordered log with subscribers and members: a room (`/v1/rooms/{id}`) or a user's inbox " +
      "(`/v1/users/{id}`). A cursor is a position in it, the same over WebSocket, Server-Sent Events, long poll and plain " +
      "requests: go on with any of them where another ended.",
    "A refusal is an RFC 9457 problem; go by its `code`, or by its status where the code is not known. An unknown path is " +
      "404, a known one with another method 405 with `Allow`; HEAD works where GET does, except on connect, events and " +
      "poll. Every answer carries `Cache-Control: no-store` and `X-Content-Type-Options: nosniff`.",
    "A parameter out of its range or set, or given twice, is 400 and never clamped; those that are not known are ignored. " +
      "Within v1 things are only added: ignore fields you do not know.",
    `A body is at most ${limit("BODY_BYTES")}, the data of a message ${limit("MESSAGE_DATA_BYTES")}, of a member ` +
      `${limit("MEMBER_DATA_BYTES")}, a URL ${limit("URL_BYTES")}, a token ${limit("TOKEN_BYTES")}: the defaults; a ` +
      "deployment may have set others.",
    "Ids in brackets, as (SPEC MSG-1), are rules of the [protocol](/spec.md), which also has the frames of the WebSocket " +
      "and the events of the stream, with a sample session.",
  ].join("\n\n"),
};

/** Groups of routes, in the order in which one reads about them. */
export const TAGS = {
  Channels: "What is asked of a channel, a room or a user's inbox, and answered at once.",
  Following: "To get what comes as it comes, from any cursor.",
  Users: "What only a user's channel knows: where its user is, and what they have read.",
  Service: "What is about no channel, or about many.",
} as const;

export type TagName = keyof typeof TAGS;
