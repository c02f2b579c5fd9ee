/** The connection as one long poll after the other: for networks that let nothing else through. */
import { parseCursor } from "../protocol/cursor.ts";
import type { Gap, Message, PresenceFrame, Signal, WelcomeFrame } from "../protocol/frames.ts";
import { PROTOCOL } from "../protocol/frames.ts";
import { EdgewireError } from "./errors.ts";
import { request } from "./http.ts";
import { closeCodeOf, Poster } from "./http-link.ts";
import { type Dial, urlOf } from "./link.ts";

interface PollAnswer {
  readonly messages: Message[];
  readonly cursor: string;
  readonly gap: (Gap & { cursor?: string }) | null;
  readonly connection: string;
  readonly signals?: Signal[];
  readonly presence?: Omit<PresenceFrame, "type"> & Pick<NonNullable<WelcomeFrame["presence"]>, "members" | "next">;
  readonly read?: string;
  readonly unread?: number;
}

/** s that one waits; and ms after which an answer does not come any more. */
const TIMEOUT = 25;
const PATIENCE = (TIMEOUT + 15) * 1000;

export const dialPoll: Dial = (target, events, environment) => {
  const poster = new Poster(target, events, environment);
  const { after: start, rewind: _, ...options } = target.query;
  let cursor = start;
  let unread: number | undefined;

  const ask = async (timeout: number): Promise<PollAnswer> => {
    const query: Record<string, string> = { ...options, signals: "1", timeout: String(timeout) };
    if (cursor !== undefined) query.after = cursor;
    if (poster.connection !== null) query.connection = poster.connection;
    const late = new AbortController();
    const timer = environment.setTimeout(() => late.abort(), PATIENCE);
    try {
      const signal = AbortSignal.any([poster.signal, late.signal]);
      const url = urlOf({ ...target, query }, "poll");
      const answer = await request<PollAnswer>(environment, "GET", url, { token: target.token, signal });
      if (parseCursor(answer.cursor) === null) throw new EdgewireError("unreachable", "The answer makes no sense.");
      return answer;
    } finally {
      environment.clearTimeout(timer as never);
    }
  };

  const tell = ({ messages, gap, signals, presence, read, ...answer }: PollAnswer) => {
    events.alive();
    if (gap !== null) events.frame({ type: "gap", ...gap });
    if (messages.length > 0) events.frame({ type: "messages", messages });
    if (signals !== undefined) events.frame({ type: "signals", signals });
    if (presence !== undefined) events.frame({ type: "presence", ...presence });
    if (read !== undefined && answer.unread !== undefined && answer.unread !== unread)
      events.frame({ type: "read", cursor: read, unread: answer.unread });
    unread = answer.unread;
    cursor = answer.cursor;
  };

  const loop = async () => {
    const first = await ask(0);
    poster.connection = first.connection;
    events.frame(welcomeOf(first, start));
    tell(first);
    while (!poster.signal.aborted) tell(await ask(TIMEOUT));
  };
  loop().catch((error: unknown) => {
    if (poster.signal.aborted) return;
    poster.close();
    const { code, reason, retryAfter } = closeCodeOf(error);
    events.closed(code, reason, retryAfter);
  });
  return {
    send: (frame) => poster.send(frame),
    ping: () => undefined,
    answersPings: false,
    close: () => poster.close(),
  };
};

/** Polls have no welcome: what is known from the first answer. Limits are the service's defaults. */
function welcomeOf(
  { cursor, connection, presence, read, unread, gap, messages }: PollAnswer,
  start?: string,
): WelcomeFrame {
  return {
    type: "welcome",
    protocol: PROTOCOL,
    channel: "",
    connection,
    user: "",
    cursor,
    resume: start === undefined ? "live" : gap !== null ? "gap" : messages.length > 0 ? "replay" : "live",
    at: Date.now(),
    expires: null,
    heartbeat: { every: 30_000, timeout: 100_000 },
    limits: {
      ...{ data: 65_536, frame: 131_072, presence: 1024, subscriptions: 0 },
      ...{ publish: { rate: 50, burst: 100 }, signal: { rate: 100 } },
    },
    features: [],
    ...(presence === undefined ? {} : { presence }),
    ...(read === undefined || unread === undefined ? {} : { read, unread }),
  };
}
