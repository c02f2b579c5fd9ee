/** Requests as the document describes them, to the service as it is or with another environment. */
import { app } from "../../../src/http/app.ts";
import type { Channel } from "../support/channel.ts";
import { Room } from "../support/room.ts";
import { env, worker } from "../support/service.ts";
import { User } from "../support/user.ts";
import { bodyOf, type Described, parametersOf } from "./described.ts";

export interface Asking {
  /** Of the room or user. Default: the document's example. */
  readonly id?: string;
  /** Default: the API key. */
  readonly token?: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Put behind the query as it is. */
  readonly more?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Default: the document's first example. A string is sent as it is. */
  readonly body?: unknown;
  /** Instead of the service's own. */
  readonly env?: typeof env;
}

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Asks as the document's examples do, but for what `asking` says. Of a stream only the beginning is taken. */
export async function ask(operation: Described, asking: Asking = {}): Promise<Answered> {
  const request = requestOf(operation, asking);
  const answer = await (asking.env === undefined ? worker.fetch(request) : app.fetch(request, asking.env));
  const { status, headers, webSocket } = answer;
  webSocket?.accept();
  webSocket?.close(1000);
  const isStream = headers.get("content-type") === "text/event-stream";
  if (isStream) await answer.body?.cancel();
  return { status, headers, text: isStream || webSocket ? "" : await answer.text() };
}

function requestOf(operation: Described, asking: Asking): Request {
  const path = parametersOf(operation, "path").reduce(
    (text, { name, example }) => text.replace(`{${name}}`, asking.id ?? String(example)),
    operation.path,
  );
  const examples = parametersOf(operation, "query").flatMap(({ name, example }) =>
    example === undefined ? [] : [[name, String(example)] as const],
  );
  const search = new URLSearchParams(asking.query ?? Object.fromEntries(examples));
  const documented = bodyOf(operation);
  const body = "body" in asking ? asking.body : documented?.examples[0];
  return new Request(`https://edge.test${path}?${search}${asking.more ?? ""}`, {
    method: operation.method,
    headers: {
      authorization: `Bearer ${asking.token ?? env.API_KEY}`,
      ...(documented === null ? {} : { "content-type": "application/json" }),
      ...(operation.path.endsWith("/connect") ? { upgrade: "websocket" } : {}),
      ...asking.headers,
    },
    ...(documented === null ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
}

/** A channel that no other test uses, of the kind that the operation is about; null: it is about none. */
export function channelFor({ path, operationId }: Described): Channel | null {
  if (!path.includes("{id}")) return null;
  return path.startsWith("/v1/users/") ? new User(operationId) : new Room(operationId);
}

/** What the examples cannot say beforehand: a connection that there is, for who says something of themselves. */
export async function prepared(operation: Described, channel: Channel | null): Promise<Asking> {
  if (channel === null) return {};
  const isMemberData = parametersOf(operation, "query").some(({ required }) => required);
  if (!isMemberData) return { id: channel.id };
  const { body } = await channel.call("GET", "poll", { query: { member: 1 } });
  return { id: channel.id, query: { connection: body.connection } };
}
