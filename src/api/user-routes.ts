/** What only a user's channel knows. */
import { READER } from "./parameters.ts";
import type { Route } from "./route.ts";
import { ref } from "./schema.ts";

export const USER_ROUTES = {
  getUserConnections: {
    method: "GET",
    paths: ["/v1/users/:id/connections"],
    summary: "See where a user is connected",
    description: "In every channel, as a member or not. Every channel is asked, so that it is true. (SPEC PEOPLE-1)",
    right: "self",
    answers: { 200: { about: "The connections.", schema: ref("Whereabouts") } },
  },
  deleteUserConnections: {
    method: "DELETE",
    paths: ["/v1/users/:id/connections"],
    summary: "Log a user out everywhere",
    description:
      "Every connection in every channel closes with 4401, and tokens made up to now are refused. (SPEC REVOKE-1 to " +
      "REVOKE-3)",
    right: "self",
    answers: { 200: { about: "Logged out.", schema: ref("Closed") } },
  },
  getUserPresence: {
    method: "GET",
    paths: ["/v1/users/:id/presence"],
    summary: "See whether a user is online",
    description: "Online is who is connected to any channel. (SPEC PEOPLE-2)",
    right: "presence",
    answers: { 200: { about: "Online or not, and since when.", schema: ref("UserPresence") } },
  },
  putUserRead: {
    method: "PUT",
    paths: ["/v1/users/:id/read"],
    summary: "Mark the inbox read",
    description: "Up to that message, on all devices; it never moves back. (SPEC INBOX-3, INBOX-4)",
    right: "self",
    parameters: [READER],
    body: { schema: ref("ReadPosition"), examples: { start: { cursor: "k3f9x2ab-0" } } },
    answers: { 200: { about: "How far it is read now.", schema: ref("ReadState") } },
    refusals: ["bad_cursor"],
  },
} as const satisfies Record<string, Route>;
