/**
 * Long poll: one answer with what comes after a cursor, at once if there is something, else when there is. The edge waits
 * over a WebSocket to the room's object, which can sleep meanwhile. (SPEC POLL-1 to POLL-4)
 */

import { AFTER, MEMBER_OF_STREAM, POLLING, SIGNALS, TIMEOUT, USER } from "../api/parameters.ts";
import { beatOf } from "../config.ts";
import { type Identity, UNAUTHENTICATED } from "../core/identity.ts";
import type { Env } from "../env.ts";
import { channelRequest } from "../http/context.ts";
import { Refusal } from "../http/problem.ts";
import { CLOSE_RESTART, type Code, comebackAfter, failure, isCode } from "../protocol/codes.ts";
import { PING, PONG } from "../protocol/frames.ts";
import { isPollIdOf } from "./connection-id.ts";
import { dial, readOptions } from "./dial.ts";
import { PollAnswer } from "./poll-answer.ts";

const SECOND = 1000;
/** ms from the first news to the answer, so that what was sent together is answered together. */
const TOGETHER = 2;

/** What ended a poll, in words. */
const ENDINGS: ReadonlyMap<Code, string> = new Map([
  ["forbidden", "The connection was closed by an administrator."],
  ["gone", "The channel was erased."],
]);

/** Answers `GET …/poll`. */
export async function poll(request: Request, env: Env): Promise<Response> {
  const channel = await channelRequest(request, env);
  const { query, config } = channel;
  const identity = channel.permitted("subscribe", query.text(USER));
  const after = query.cursor(AFTER);
  const timeout = query.wholeNumber(TIMEOUT);
  const signals = query.oneOf(SIGNALS) === "1";
  const asked = readOptions(channel, identity, MEMBER_OF_STREAM);
  const last = await lastConnection(query.text(POLLING), identity);
  const start = after === null ? ({ kind: "now" } as const) : ({ kind: "after", cursor: after } as const);
  const of = { transport: "poll", view: "frames", signals } as const;
  // Between two polls messages are read from the log, which does not know who of its user's connections they came from.
  const { socket, connection } = await dial(channel, identity, { ...asked, ...of, start, echo: true }, { last });
  const answer = new PollAnswer(after, connection);
  const closed = await waitFor(socket, answer, timeout * SECOND, beatOf(config), request.signal);
  if (!answer.isReady && !(answer.isLive && mayComeBack(closed))) throw endOf(closed);
  return new Response(answer.toJson(), { headers: { "content-type": "application/json" } });
}

/** The connection that the client goes on with; null: it begins one. */
async function lastConnection(given: string | null, { user }: Identity): Promise<string | null> {
  return given !== null && (await isPollIdOf(given, user)) ? given : null;
}

/** Takes what comes until there is an answer, or the time is up. Answers how the object ended it, if it did. */
export function waitFor(
  socket: WebSocket,
  answer: Pick<PollAnswer, "take" | "isReady" | "isLive">,
  timeout: number,
  heartbeat: number,
  signal: AbortSignal,
): Promise<CloseEvent | null> {
  const { promise, resolve } = Promise.withResolvers<CloseEvent | null>();
  let isLate = false;
  let together: ReturnType<typeof setTimeout> | null = null;
  socket.addEventListener("message", ({ data }) => {
    if (typeof data !== "string" || data === PONG) return;
    answer.take(data);
    if (answer.isReady) together ??= setTimeout(() => resolve(null), TOGETHER);
    else if (isLate && answer.isLive) resolve(null);
  });
  socket.addEventListener("close", resolve);
  socket.addEventListener("error", () => resolve(new CloseEvent("close", { code: CLOSE_RESTART })));
  signal.addEventListener("abort", () => resolve(null));
  const late = setTimeout(() => {
    isLate = true;
    if (answer.isLive) resolve(null);
  }, timeout);
  const beats = setInterval(() => socket.send(PING), heartbeat);
  socket.accept();
  return promise.finally(() => {
    clearTimeout(late);
    clearTimeout(together);
    clearInterval(beats);
    if (socket.readyState === WebSocket.OPEN) socket.close(1001, "");
  });
}

/** Whether the client may simply ask again: then this poll has just had nothing. */
export function mayComeBack(closed: CloseEvent | null): boolean {
  return closed === null || comebackAfter(closed.code) === "retry";
}

export function endOf(closed: CloseEvent | null): Refusal {
  const reason = closed?.reason ?? "";
  const code: Code = isCode(reason) ? reason : "overloaded";
  return new Refusal(code === "unauthenticated" ? UNAUTHENTICATED : failure(code, ENDINGS.get(code) ?? "Try again."));
}
