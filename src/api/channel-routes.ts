/** What is asked of a channel and answered at once. */
import { MOST_MESSAGES } from "./limits.ts";
import {
  AFTER,
  BEFORE,
  CONNECTION,
  FROM,
  IDEMPOTENCY_KEY,
  LIMIT,
  MEMBERS_AFTER,
  MEMBERS_LIMIT,
  MEMBERSHIP,
  ORDER,
  TO,
  USER,
  WHOSE,
} from "./parameters.ts";
import { belowChannels, type Route } from "./route.ts";
import { listOf, oneOf, ref } from "./schema.ts";

const published = oneOf(ref("Published"), ref("PublishedAll"));

export const CHANNEL_ROUTES = {
  getChannelMessages: {
    method: "GET",
    paths: belowChannels("/messages"),
    summary: "Read what was said",
    description:
      "`after` reads the first `limit` messages after it, `before` the last before it, both the first of the range " +
      "between, neither the newest. A page ends earlier at 8 MiB. (SPEC HISTORY-1 to HISTORY-6)",
    right: "history",
    parameters: [AFTER, BEFORE, FROM, TO, LIMIT, ORDER],
    example: { limit: "10" },
    answers: { 200: { about: "A page.", schema: ref("HistoryPage") } },
  },
  postChannelMessages: {
    method: "POST",
    paths: belowChannels("/messages"),
    summary: "Publish",
    description:
      "One message, or an array that is published as a whole or not at all. What is answered is on disk. An `id` makes " +
      "it safe to ask again, however often. (SPEC PUBLISH-1 to PUBLISH-4, MSG-5)",
    right: "publish",
    parameters: [CONNECTION, IDEMPOTENCY_KEY],
    body: {
      schema: oneOf(ref("Draft"), listOf(ref("Draft"), { minItems: 1, maxItems: MOST_MESSAGES })),
      examples: {
        one: { id: "order-17", event: "order", data: { dish: "soup" } },
        several: [{ data: "one" }, { data: "two" }],
      },
    },
    answers: {
      201: { about: "Published: for an array `results`, in its order, and something of it is new.", schema: published },
      200: { about: "It was published before: the first one's place.", schema: published },
    },
    refusals: ["id_conflict"],
  },
  deleteChannelMessages: {
    method: "DELETE",
    paths: belowChannels("/messages"),
    summary: "Clear the log",
    description: "Connections stay and are told by a `gap`; the epoch is a new one. (SPEC ADMIN-1)",
    right: "admin",
    answers: { 204: { about: "Cleared." } },
  },
  postChannelSignals: {
    method: "POST",
    paths: belowChannels("/signals"),
    summary: "Signal",
    description: "Goes to every other connection now, and is never stored. (SPEC SIGNAL-1 to SIGNAL-3)",
    right: "signal",
    parameters: [CONNECTION],
    body: { schema: ref("SignalDraft"), examples: { typing: { event: "typing", data: true, key: "typing" } } },
    answers: { 202: { about: "On its way.", schema: ref("Done") } },
  },
  getRoomPresence: {
    method: "GET",
    paths: ["/v1/rooms/:id/presence"],
    summary: "See who is there",
    description: "The members, by user id. (SPEC PRESENCE-1, PRESENCE-3, PRESENCE-9)",
    right: "presence",
    parameters: [MEMBERS_LIMIT, MEMBERS_AFTER],
    answers: { 200: { about: "A page of members.", schema: ref("MembersPage") } },
  },
  putChannelPresence: {
    method: "PUT",
    paths: belowChannels("/presence"),
    summary: "Say something of oneself",
    description: "Member data, for a connection that cannot send frames: the last writer wins. (SPEC PRESENCE-10)",
    right: "presence",
    parameters: [MEMBERSHIP, USER],
    body: { schema: ref("MemberData"), examples: { mood: { data: { mood: "fine" } } } },
    answers: { 200: { about: "Said.", schema: ref("Done") } },
    refusals: ["not_found"],
  },
  deleteRoomConnections: {
    method: "DELETE",
    paths: ["/v1/rooms/:id/connections"],
    summary: "Close connections",
    description: "With 4403. No ban: whether they may come back is the token's business. (SPEC ADMIN-2)",
    right: "admin",
    parameters: [WHOSE],
    example: { user: "alice" },
    answers: { 200: { about: "Closed.", schema: ref("Closed") } },
  },
  deleteChannel: {
    method: "DELETE",
    paths: belowChannels(""),
    summary: "Erase the channel",
    description: "Its log is gone and its connections close with 4410; the next use starts a new epoch. (SPEC ADMIN-3)",
    right: "admin",
    answers: { 204: { about: "Erased." } },
  },
} as const satisfies Record<string, Route>;
