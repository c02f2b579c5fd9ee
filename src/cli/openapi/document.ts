/** The HTTP surface as an OpenAPI 3.1 document, made from the table of routes that the edge registers. */
import { TICKET } from "../../api/parameters.ts";
import type { Answer, Right, Route } from "../../api/route.ts";
import { ROUTES } from "../../api/routes.ts";
import { TEXT } from "../../api/schema.ts";
import { SCHEMAS } from "../../api/schemas.ts";
import { INTRODUCTION, TAGS, type TagName } from "./introduction.ts";
import { pathId, queryAndHeaders } from "./parameters.ts";
import { HEADERS, refusals, refusalsFor } from "./problems.ts";
import type { Content, DocumentedResponse, OpenApiDocument, Operation } from "./types.ts";

export function openApiDocument(): OpenApiDocument {
  return {
    openapi: "3.1.1",
    info: INTRODUCTION,
    externalDocs: { description: "The protocol, rule by rule, with its frames", url: "/spec.md" },
    servers: [{ url: "/", description: "The deployment that serves this document." }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths: paths(),
    components: { securitySchemes: SECURITY_SCHEMES, headers: HEADERS, responses: refusals(), schemas: SCHEMAS },
  };
}

const SECURITY_SCHEMES = {
  bearer: {
    type: "http",
    scheme: "bearer",
    bearerFormat: "JWT",
    description: "A user's token (SPEC AUTH-2, AUTH-3), or the `API_KEY`, which may do everything (SPEC AUTH-7).",
  },
  ticket: { type: "apiKey", in: "query", name: TICKET.name, description: TICKET.about },
  subprotocol: {
    type: "apiKey",
    in: "header",
    name: "Sec-WebSocket-Protocol",
    description: "`edgewire.v1, edgewire.token.<token>`: for a browser's WebSocket, which can send no other header.",
  },
} as const;

function paths(): OpenApiDocument["paths"] {
  const found: Record<string, Record<string, Operation>> = {};
  for (const [name, route] of Object.entries<Route>(ROUTES))
    for (const path of route.paths) {
      const documented = path.replace(":id", "{id}");
      found[documented] ??= {};
      found[documented][route.method.toLowerCase()] = operation(name, route, path);
    }
  return found;
}

function operation(name: string, route: Route, path: string): Operation {
  const isUser = path.startsWith("/v1/users/");
  const parameters = [...(path.includes(":id") ? [pathId(isUser)] : []), ...queryAndHeaders(route)];
  const answers = Object.entries(route.answers).map(([status, each]) => [status, answer(each)]);
  return {
    operationId: name.replace("Channel", isUser ? "Inbox" : "Room"),
    summary: route.summary,
    description: `${route.description}${RIGHTS[route.right]}`,
    tags: [tagOf(route, path)],
    security: securityOf(route),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(route.body === undefined ? {} : { requestBody: { required: true, content: jsonOf(route.body) } }),
    responses: { ...Object.fromEntries(answers), ...refusalsFor(route, path) },
  };
}

function tagOf({ streams, paths: all }: Route, path: string): TagName {
  if (streams) return "Following";
  if (!path.includes(":id")) return "Service";
  return all.length === 1 && path.startsWith("/v1/users/") ? "Users" : "Channels";
}

const needs = (right: Right) => ` Needs the right \`${right}\`.`;
const RIGHTS: Readonly<Record<Right, string>> = {
  subscribe: needs("subscribe"),
  history: needs("history"),
  publish: needs("publish"),
  signal: needs("signal"),
  presence: needs("presence"),
  admin: needs("admin"),
  self: " For the user themself, or with the right `admin`.",
  each: "",
  nothing: " Needs no credential.",
  free: "",
};

/** Without any credential one is a guest, who may do what `CHANNEL_RULES` give to all. */
function securityOf({ right, credential }: Route): Operation["security"] {
  if (right === "nothing" || right === "free") return [];
  return [{ bearer: [] }, ...(credential === undefined ? [] : [{ [credential]: [] }]), {}];
}

function jsonOf({ schema, examples }: NonNullable<Route["body"]>): Content {
  const shown = Object.fromEntries(Object.entries(examples).map(([name, value]) => [name, { value }]));
  return { "application/json": { schema, examples: shown } };
}

function answer({ about, schema, mediaType }: Answer): DocumentedResponse {
  if (mediaType !== undefined) return { description: about, content: { [mediaType]: { schema: TEXT } } };
  return { description: about, ...(schema ? { content: { "application/json": { schema } } } : {}) };
}
