/** The connection as one long poll after the other: for networks that let nothing else through. */
import { parseCursor } from "../protocol/cursor.ts";
import type { Gap, Message, WelcomeFrame } from "../protocol/frames.ts";
import { dialOverHttp } from "./http-link.ts";
import { claimsOf } from "./token-claims.ts";

/** What is in it is looked at as what a WebSocket would have brought. */
interface PollAnswer {
  readonly messages: readonly Message[];
  readonly cursor: string;
  readonly gap: Gap | null;
  readonly connection?: string;
  readonly signals?: readonly unknown[];
  readonly presence?: object;
  readonly read?: string;
  readonly unread?: number;
}

/** s that one waits; and ms after which an answer does not come any more. */
const TIMEOUT = 25;
const PATIENCE = (TIMEOUT + 15) * 1000;
/** ms between two polls that bring nothing: an answer that comes early with nothing in it must not make a storm. */
const PAUSE = 1000;

export const dialPoll = dialOverHttp("poll", async (link) => {
  const { target, timer, events, environment, signal } = link;
  const { now } = environment;
  const { rewind } = target.query;
  // A poll does not look back: what was said last is in the history.
  const looksBack = Number(rewind) > 0;
  let cursor = target.query.after;

  const answered = async (asked: Promise<PollAnswer>): Promise<PollAnswer> => {
    const answer = await asked;
    if (parseCursor(answer.cursor) === null || !Array.isArray(answer.messages)) throw new Error("no answer to a poll");
    link.connection = answer.connection ?? link.connection;
    return answer;
  };
  const poll = (timeout: number) =>
    answered(link.listen("poll", { after: cursor, rewind: undefined, signals: 1, timeout }, { patience: PATIENCE }));

  /** Tells what an answer brings; whether there was anything. */
  const tell = ({ messages, gap, signals, presence, read, unread, ...answer }: PollAnswer) => {
    const hasNews = !!gap || messages.length > 0 || !!signals || answer.cursor !== cursor;
    if (gap) events.frame({ ...gap, type: "gap" });
    if (messages.length > 0) events.frame({ type: "messages", messages });
    if (signals) events.frame({ type: "signals", signals });
    if (presence) events.frame({ ...presence, type: "presence" });
    if (read) events.frame({ type: "read", cursor: read, unread });
    cursor = answer.cursor;
    return hasNews;
  };

  const first = await (looksBack ? answered(link.ask("GET", "messages", { limit: rewind })) : poll(0));
  events.frame(welcomeOf(first, target.token, now()));
  tell(first);
  while (!signal.aborted) {
    const began = now();
    // One that has looked back is not connected before this.
    if (tell(await poll(link.connection ? TIMEOUT : 0)) || signal.aborted) continue;
    await new Promise<void>((resolve) => timer.later(began + PAUSE - now(), resolve));
  }
});

/** Polls have no welcome: what is known from the first answer and the token. What is not known limits nothing. */
function welcomeOf(
  { cursor, connection = "", presence, read, unread, gap, messages }: PollAnswer,
  token: string | null,
  now: number,
): object {
  const { user, expires } = claimsOf(token);
  const unlimited = Number.MAX_VALUE;
  return {
    ...{ type: "welcome", connection, user, cursor, presence, read, unread },
    resume: gap ? "gap" : messages.length > 0 ? "replay" : "live",
    at: Math.floor(now),
    // One that is over by our clock was still taken: then the clock is wrong, and the service will say when it ends.
    expires: expires > now ? expires : null,
    heartbeat: { every: 0 },
    limits: { data: unlimited, publish: { rate: 0, burst: 0 }, signal: { rate: 0 } },
  } satisfies Partial<Record<keyof WelcomeFrame, unknown>>;
}
