/** The three ways to follow a channel. */
import {
  ACKS,
  AFTER,
  CHANNELS,
  DATA,
  ECHO,
  LAST_EVENT_ID,
  MEMBER_OF_SOCKET,
  MEMBER_OF_STREAM,
  NAMED,
  POLLING,
  PRESENCE,
  REWIND,
  SIGNALS,
  TIMEOUT,
  USER,
} from "./parameters.ts";
import { belowChannels, type Route } from "./route.ts";
import { ref } from "./schema.ts";

export const STREAM_ROUTES = {
  connectToChannel: {
    method: "GET",
    paths: belowChannels("/connect"),
    streams: true,
    summary: "Connect by WebSocket",
    description:
      "A WebSocket handshake. Of the offered subprotocols the highest known `edgewire.v<n>` is answered, alone. Where no " +
      "header can be sent (a browser), the token is the subprotocol `edgewire.token.<token>`. If `edgewire.v1` was " +
      "offered, a refusal is accepted and closed at once with 4000 + the status, because a browser cannot see a status. " +
      "What the frames are the protocol says. (SPEC CONNECT-1 to CONNECT-5)",
    right: "subscribe",
    credential: "subprotocol",
    parameters: [AFTER, REWIND, PRESENCE, MEMBER_OF_SOCKET, DATA, ECHO, ACKS, USER],
    answers: { 101: { about: "Connected: the first frame is `welcome`." } },
    refusals: ["upgrade_required"],
  },
  streamChannel: {
    method: "GET",
    paths: belowChannels("/events"),
    streams: true,
    summary: "Follow by Server-Sent Events",
    description:
      "Events: `welcome` (first), `gap`, `message`, `signal`, `presence`, `read`, `end`; `data` of a `message` is a " +
      "Message, of the others the frame of the same name. To a request with a ticket what is temporary (429, 503) is " +
      "answered 200 with `retry:` and `end`, because EventSource gives up on any other status. (SPEC SSE-1 to SSE-6)",
    right: "subscribe",
    credential: "ticket",
    parameters: [AFTER, REWIND, LAST_EVENT_ID, CHANNELS, PRESENCE, MEMBER_OF_STREAM, DATA, ECHO, NAMED, USER],
    answers: { 200: { about: "The stream, for 30 minutes at most.", mediaType: "text/event-stream" } },
  },
  pollChannel: {
    method: "GET",
    paths: belowChannels("/poll"),
    streams: true,
    summary: "Wait for what comes",
    description:
      "Long poll: answers at once if there is anything after the cursor, else when there is, else after `timeout` with " +
      "the same cursor. Without `after` it answers at once with the head's. (SPEC POLL-1 to POLL-4)",
    right: "subscribe",
    parameters: [AFTER, TIMEOUT, SIGNALS, PRESENCE, MEMBER_OF_STREAM, DATA, POLLING, USER],
    answers: { 200: { about: "What came, perhaps nothing.", schema: ref("PollAnswer") } },
    refusals: ["gone"],
  },
  pollMany: {
    method: "POST",
    paths: ["/v1/users/:id/poll"],
    streams: true,
    summary: "Wait for what comes in many channels",
    description:
      "Long poll of up to 200 channels at once: answers with those that have news, as soon as one has. A cursor of null " +
      "asks for the head's. What the user may not follow is answered with its code. Only of one's own user channel; the " +
      "`API_KEY` acts for its user. (SPEC SUB-13)",
    right: "subscribe",
    body: {
      schema: ref("PollRequest"),
      examples: { start: { cursors: { "room:lobby": null }, timeout: 0 } },
    },
    answers: { 200: { about: "What came, perhaps nothing.", schema: ref("PollOfMany") } },
    refusals: ["bad_cursor", "gone"],
  },
} as const satisfies Record<string, Route>;
