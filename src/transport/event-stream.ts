/**
 * Server-Sent Events: the edge holds the stream, over a WebSocket to the room's object, which can sleep meanwhile. The
 * object writes the events, once for all who read so; here they are only passed on. (SPEC SSE-1 to SSE-6)
 */
import { MOST_STREAMED } from "../api/limits.ts";
import { AFTER, CHANNELS, LAST_EVENT_ID, MEMBER_OF_STREAM, NAMED, TICKET, USER } from "../api/parameters.ts";
import type { Config } from "../config.ts";
import type { Identity } from "../core/identity.ts";
import type { Env } from "../env.ts";
import { bearerOf } from "../http/authenticate.ts";
import { requireOperation } from "../http/authorize.ts";
import { type ChannelRequest, channelRequest } from "../http/context.ts";
import { Refusal, refuse } from "../http/problem.ts";
import { Query } from "../http/query.ts";
import { noteRefusal } from "../http/refusals.ts";
import { formatAddress } from "../protocol/address.ts";
import { CODES, closeCodeOf, type Failure } from "../protocol/codes.ts";
import { type Cursor, formatCursor, parseCursor } from "../protocol/cursor.ts";
import { retryField, serverEvent } from "../protocol/event-stream.ts";
import type { SubscribeFrame } from "../protocol/frames.ts";
import { dial, readOptions, readStart } from "./dial.ts";
import { pipe } from "./event-pipe.ts";
import { readFollowed, requireOwn } from "./followed.ts";
import { FollowedEvents, positionsIn, type Translated } from "./followed-events.ts";

/** ms between which EventSource waits before it comes back, so that not all do at once. */
const RETRY = { least: 1000, most: 5000 };

/** Answers `GET …/events`. */
export async function events(request: Request, env: Env): Promise<Response> {
  const bearer = bearerOf(request);
  const ticket = bearer === null ? new Query(request.url).text(TICKET) : null;
  try {
    const { socket, config, translate } = await open(request, env, bearer, ticket);
    return streamOf(pipe(socket, retryField(jitteredRetry()), config, translate));
  } catch (error) {
    // EventSource gives up for good on any other status, so it is only told what is final.
    if (ticket === null || !(error instanceof Refusal) || !CODES[error.failure.code].retryable) throw error;
    noteRefusal(error.failure, request, env);
    return streamOf(endOf(error.failure));
  }
}

async function open(
  request: Request,
  env: Env,
  bearer: string | null,
  ticket: string | null,
): Promise<{ socket: WebSocket; config: Config; translate: ((frame: string) => Translated) | null }> {
  const channel = await channelRequest(request, env, bearer, ticket);
  const { query, config } = channel;
  const identity = channel.permitted("subscribe", query.text(USER));
  const channels = query.all(CHANNELS);
  if (channels.length > 0) return openMany(channel, identity, channels);
  const start = readStart(query, identity, readLastEventId(request));
  const view = query.oneOf(NAMED) === "1" ? "named-events" : "events";
  const options = {
    ...readOptions(channel, identity, MEMBER_OF_STREAM),
    transport: "sse",
    view,
    signals: true,
  } as const;
  const { socket } = await dial(channel, identity, { ...options, start });
  return { socket, config, translate: null };
}

/** The same of other channels too, through the user's own. (SPEC SUB-11, SUB-12) */
async function openMany(
  channel: ChannelRequest,
  identity: Identity,
  given: readonly string[],
): Promise<{ socket: WebSocket; config: Config; translate: (frame: string) => Translated }> {
  const { query, config, request, address } = channel;
  requireOwn(channel, identity.user);
  if (given.length > MOST_STREAMED) refuse("bad_request", `"channel" may be given ${MOST_STREAMED} times.`);
  const asked = readOptions(channel, identity, MEMBER_OF_STREAM);
  const isTold = asked.presence !== "none" || query.text(MEMBER_OF_STREAM) === "1";
  const reached = readPositions(request, given.length + 1);
  const channels = given.map((text, index) => {
    const { address, cursor } = readFollowed(text);
    const there = channel.identityIn(address, identity.user);
    requireOperation(there, "subscribe");
    if (isTold) requireOperation(there, "presence");
    return { address, cursor: reached?.[index + 1] ?? cursor };
  });
  const own = { address: formatAddress(address), cursor: reached?.[0] ?? query.cursor(AFTER) };
  const start = readStart(query, identity, reached?.[0] ?? null);
  const { presence, member, data, echo } = asked;
  const follow = channels.map(
    ({ address: other, cursor }): SubscribeFrame => ({
      ...{ type: "subscribe", channel: other, presence, member, echo },
      ...(data === undefined ? {} : { data }),
      ...(cursor === null ? {} : { after: formatCursor(cursor.epoch, cursor.seq) }),
    }),
  );
  const options = { ...asked, transport: "sse", view: "frames", signals: true } as const;
  const { socket } = await dial(channel, identity, { ...options, start }, { follow });
  const events = new FollowedEvents(own, channels, query.oneOf(NAMED) === "1");
  return { socket, config, translate: (frame) => events.translate(frame) };
}

/** Where EventSource stands in each of the channels; null: it has seen nothing yet. */
function readPositions(request: Request, count: number): (Cursor | null)[] | null {
  const text = request.headers.get(LAST_EVENT_ID.name);
  if (text === null || text === "") return null;
  return positionsIn(text, count) ?? refuse("bad_cursor", "Last-Event-ID must be an id of a stream of these channels.");
}

/** What EventSource has seen of an earlier stream. Empty: nothing yet. */
function readLastEventId(request: Request): Cursor | null {
  const text = request.headers.get(LAST_EVENT_ID.name);
  if (text === null || text === "") return null;
  return parseCursor(text) ?? refuse("bad_cursor", "Last-Event-ID must be a cursor, as the service gave it.");
}

function jitteredRetry(atLeast: number = RETRY.least): number {
  return Math.round(atLeast + Math.random() * (RETRY.most - RETRY.least));
}

function endOf({ code, retryAfter }: Failure): string {
  const end = serverEvent("end", JSON.stringify({ code: closeCodeOf(code), reason: code }));
  return retryField(jitteredRetry(Math.max(retryAfter ?? 0, RETRY.least))) + end;
}

function streamOf(body: ReadableStream<Uint8Array> | string): Response {
  return new Response(body, {
    headers: {
      "content-type": "text/event-stream",
      // nginx would otherwise keep events back until it has a few KiB of them.
      "x-accel-buffering": "no",
    },
  });
}
