/** What bodies and answers are made of, by the names that the OpenAPI document gives them. */
import { EVENT, ID, MESSAGE_ID, RESERVED_EVENT } from "../protocol/address.ts";
import { CODES } from "../protocol/codes.ts";
import { CURSOR } from "../protocol/cursor.ts";
import { MAX_DEPTH } from "../protocol/decode-client.ts";
import { MOST_CHANNELS, MOST_LOOKED_AT, MOST_POLLED } from "./limits.ts";
import { about, BOOLEAN, COUNT, listOf, mapOf, object, oneOf, orNull, ref, type Schema, TEXT } from "./schema.ts";

/** A regular expression that holds for the whole text, continued in front. */
const prefixed = (prefix: string, { source }: RegExp) => `^${prefix}${source.slice(1)}`;

const NAMES = {
  Id: {
    description: "Of a room or a user. (SPEC ID-1)",
    type: "string",
    pattern: ID.source,
    not: { enum: [".", ".."] },
    examples: ["lobby"],
  },
  Address: {
    description: "Of a channel: its kind and its id.",
    type: "string",
    pattern: prefixed("(room|user):", ID),
    not: { pattern: "^[^:]*:\\.\\.?$" },
    examples: ["room:lobby", "user:alice"],
  },
  Cursor: {
    description: "A position in a channel's log, `<epoch>-<seq>`, the same on every transport. (SPEC CURSOR-1)",
    type: "string",
    pattern: CURSOR.source,
    examples: ["k3f9x2ab-42"],
  },
  Event: {
    description: "What kind of message or signal it is. (SPEC ID-3)",
    type: "string",
    pattern: EVENT.source,
    examples: ["message"],
  },
  MessageId: {
    description: "1 to 64 printable ASCII characters. (SPEC ID-4)",
    type: "string",
    pattern: MESSAGE_ID.source,
    examples: ["order-17"],
  },
  Time: { description: "ms since 1970.", type: "integer", minimum: 0, examples: [1764000000000] },
  Data: { description: `Any JSON value, at most ${MAX_DEPTH} levels of arrays and objects. (SPEC JSON-1, JSON-2)` },
} as const satisfies Record<string, Schema>;

const seq = { description: "1, 2, 3 … without holes, within one epoch.", type: "integer", minimum: 1 };
const actingFor = about("Whom the `API_KEY` acts for; a token may name its own user only.", ref("Id"));
/** Those of the service itself may not be sent. */
const sentEvent = { ...ref("Event"), not: { pattern: `^${RESERVED_EVENT.replace(".", "\\.")}` } };
const eventOrDefault = about("`message` if none is given.", sentEvent);
const publisherId = about("Chosen by the publisher, who may repeat it: then it is stored once.", ref("MessageId"));
const online = about("Whether they are connected to any channel.", BOOLEAN);
const lastSeen = about("Now while online; null: never.", orNull(ref("Time")));
const memberFields = { user: ref("Id"), data: ref("Data"), since: ref("Time"), connections: COUNT };
const info = about("What the member's token says of them.", { type: "object" });
const member = object(memberFields, { info });

/** What is sent. */
const BODIES = {
  Draft: object(
    { data: ref("Data") },
    { event: eventOrDefault, id: about("Made up by the server if absent.", publisherId), user: actingFor },
  ),
  SignalDraft: object(
    { event: sentEvent, data: ref("Data") },
    {
      key: about("Of one flush the last with the same connection, event and key wins.", ref("MessageId")),
      user: actingFor,
    },
  ),
  MemberData: object({ data: about("What the member says of themselves: at most `MEMBER_DATA_BYTES`.", ref("Data")) }),
  ReadPosition: object({ cursor: ref("Cursor") }),
  ManyDraft: object(
    { channels: listOf(ref("Address"), { minItems: 1, maxItems: MOST_CHANNELS }), data: ref("Data") },
    { event: eventOrDefault, id: publisherId, user: actingFor },
  ),
  Looked: object(
    {},
    {
      users: listOf(ref("Id"), { maxItems: MOST_LOOKED_AT }),
      rooms: listOf(ref("Id"), { maxItems: MOST_LOOKED_AT }),
    },
  ),
  PollRequest: object(
    {
      cursors: about("Where the reader stands in each; null: it asks where the head is.", {
        ...mapOf(ref("Address"), orNull(ref("Cursor"))),
        minProperties: 1,
        maxProperties: MOST_POLLED,
      }),
    },
    {
      timeout: {
        description: "Seconds to wait if there is nothing.",
        type: "integer",
        minimum: 0,
        maximum: 60,
        default: 25,
      },
    },
  ),
  TicketRequest: object({ channel: ref("Address") }, { user: actingFor }),
} as const satisfies Record<string, Schema>;

/** What is answered. */
const ANSWERS = {
  Message: object({
    seq,
    id: ref("MessageId"),
    user: about("Whoever published it, as the server knows them.", ref("Id")),
    at: about("Never decreases within a channel; the order is by `seq` alone.", ref("Time")),
    event: ref("Event"),
    data: ref("Data"),
  }),
  Published: object(
    { seq, cursor: ref("Cursor"), id: ref("MessageId"), at: ref("Time") },
    {
      duplicate: { description: "It was published before, with this id: that is the first one's place.", const: true },
    },
  ),
  PublishedAll: object({ results: listOf(ref("Published")) }),
  Fault: object({ code: ref("Code") }, { detail: about("What was wrong and what to do.", TEXT) }),
  PublishedToMany: object({ results: mapOf(ref("Address"), oneOf(ref("Published"), ref("Fault"))) }),
  Gap: object(
    {
      after: about("The cursor that was asked for.", ref("Cursor")),
      oldest: about("The oldest message still there; null: the log is empty.", orNull(ref("Cursor"))),
      reason: { enum: ["expired", "epoch", "ahead"], description: "Why there is a hole. (SPEC RESUME-3)" },
    },
    { cursor: about("Where the reader stands now, if `oldest` is null.", ref("Cursor")) },
  ),
  HistoryPage: object({
    messages: listOf(ref("Message")),
    cursor: about("Where the page ends, to be passed on as `after` or `before`. (SPEC HISTORY-4)", ref("Cursor")),
    more: about("The asked range has messages that did not fit.", BOOLEAN),
    oldest: about("The oldest retained message; null: there is none.", orNull(ref("Cursor"))),
    gap: about("What is gone of what was asked for; null: nothing.", orNull(ref("Gap"))),
  }),
  Signal: object(
    { user: ref("Id"), event: ref("Event"), data: ref("Data"), at: ref("Time") },
    { connection: about("Absent if the sender named none.", TEXT), key: ref("MessageId") },
  ),
  Member: member,
  MembersPage: object(
    { count: about("All members, not only those of the page.", COUNT), members: listOf(ref("Member")) },
    { next: about("To be passed on as `after`; absent on the last page.", ref("Id")) },
  ),
  PresenceSeen: object(
    { count: COUNT },
    {
      members: about("Those at the poll's start.", listOf(ref("Member"))),
      next: about("There are more than these, after this one.", ref("Id")),
      joined: listOf(ref("Member")),
      left: listOf(object({ user: ref("Id") })),
      updated: listOf(ref("Member")),
    },
  ),
  PollAnswer: object(
    {
      messages: listOf(ref("Message")),
      cursor: about("To be passed on as `after`.", ref("Cursor")),
      gap: orNull(ref("Gap")),
      connection: about("To be passed on, to stay the same connection.", TEXT),
    },
    {
      signals: about("If some came.", listOf(ref("Signal"))),
      presence: about("If it was asked for.", ref("PresenceSeen")),
      read: about("In an inbox: everything up to here is read.", ref("Cursor")),
      unread: about("In an inbox: messages of others after `read`.", COUNT),
    },
  ),
  PollOfMany: object({ channels: mapOf(ref("Address"), oneOf(ref("NewsOfChannel"), ref("Fault"))) }),
  NewsOfChannel: object(
    {
      messages: listOf(ref("Message")),
      cursor: about("For the next poll.", ref("Cursor")),
      gap: orNull(ref("Gap")),
    },
    {
      read: about("In an inbox: everything up to here is read.", ref("Cursor")),
      unread: about("In an inbox: messages of others after `read`.", COUNT),
    },
  ),
  ReadState: object({ cursor: ref("Cursor"), unread: COUNT }),
  Closed: object({ closed: about("How many connections were closed.", COUNT) }),
  Whereabouts: listOf(
    object({
      channel: ref("Address"),
      connection: TEXT,
      transport: { enum: ["ws", "sse", "poll"] },
      since: ref("Time"),
    }),
  ),
  UserPresence: object({ online, lastSeen, connections: COUNT }),
  Seen: object({
    users: mapOf(ref("Id"), oneOf(object({ online, lastSeen }), ref("Fault"))),
    rooms: mapOf(ref("Id"), oneOf(object({ count: COUNT }), ref("Fault"))),
  }),
  Ticket: object({ ticket: about("For `?ticket=`.", TEXT), expires: ref("Time") }),
  Guest: object({ token: TEXT, user: ref("Id"), expires: ref("Time") }),
  Health: object({ status: { const: "ok" } }),
  Done: about("Nothing to tell.", object({})),
} as const satisfies Record<string, Schema>;

/** How requests are refused. (SPEC HTTP-1) */
const PROBLEMS = {
  Code: {
    description: "Stable. One that is not known is treated by its status. (SPEC GROW-3)",
    type: "string",
    enum: Object.keys(CODES),
  },
  Problem: object({
    type: { type: "string", pattern: "^urn:edgewire:" },
    title: about("The same for every occurrence.", TEXT),
    status: { type: "integer", minimum: 400, maximum: 599 },
    code: ref("Code"),
    detail: about("What was wrong and what to do; never echoes the input.", TEXT),
    retryable: about("Whether the same request may succeed later.", BOOLEAN),
  }),
} as const satisfies Record<string, Schema>;

export const SCHEMAS = { ...NAMES, ...BODIES, ...ANSWERS, ...PROBLEMS };

export type SchemaName = keyof typeof SCHEMAS;
