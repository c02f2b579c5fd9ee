/** What is about no channel, or about many. */
import type { Route } from "./route.ts";
import { ref } from "./schema.ts";

export const SERVICE_ROUTES = {
  postMessages: {
    method: "POST",
    paths: ["/v1/messages"],
    summary: "Publish to many channels",
    description: "One message, to each channel on its own: one may take it and another not. (SPEC MANY-1)",
    right: "each",
    body: {
      schema: ref("ManyDraft"),
      examples: { news: { channels: ["room:lobby", "user:alice"], event: "news", data: "We are open." } },
    },
    answers: { 200: { about: "What became of it, by channel.", schema: ref("PublishedToMany") } },
    refusals: ["bad_id", "forbidden"],
  },
  postPresence: {
    method: "POST",
    paths: ["/v1/presence"],
    summary: "See many users and rooms",
    description: "What the caller may not see is left out. (SPEC PEOPLE-4)",
    right: "each",
    body: { schema: ref("Looked"), examples: { both: { users: ["alice", "bob"], rooms: ["lobby"] } } },
    answers: { 200: { about: "Who is online, and how many are where.", schema: ref("Seen") } },
    refusals: ["bad_id"],
  },
  postTickets: {
    method: "POST",
    paths: ["/v1/tickets"],
    summary: "Get a ticket for an event stream",
    description:
      "A credential that may stand in a URL: for the events of one channel, as often as needed, until the token ends and " +
      "for an hour at most. Needs `subscribe` there. (SPEC TICKET-1 to TICKET-3)",
    right: "each",
    body: { schema: ref("TicketRequest"), examples: { lobby: { channel: "room:lobby" } } },
    answers: { 201: { about: "The ticket.", schema: ref("Ticket") } },
    refusals: ["bad_id", "forbidden"],
  },
  postGuests: {
    method: "POST",
    paths: ["/v1/guests"],
    summary: "Become a lasting guest",
    description: "A name and a token for 24 h, with the rights that anybody has. (SPEC GUEST-1 to GUEST-3)",
    right: "nothing",
    answers: { 201: { about: "The guest.", schema: ref("Guest") } },
  },
  getHealth: {
    method: "GET",
    paths: ["/v1/health"],
    summary: "Is it up?",
    description: "Answers without credentials, whatever is configured. (SPEC AUTH-8)",
    right: "free",
    answers: { 200: { about: "It is.", schema: ref("Health") } },
  },
} as const satisfies Record<string, Route>;
