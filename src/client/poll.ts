/** The connection as one long poll after the other: for networks that let nothing else through. */
import { parseCursor } from "../protocol/cursor.ts";
import { checkServerFrame } from "../protocol/decode-server.ts";
import type { Gap, Message, PresenceFrame, ServerFrame, Signal, WelcomeFrame } from "../protocol/frames.ts";
import { PROTOCOL } from "../protocol/frames.ts";
import { request } from "./http.ts";
import { askAsMember, closeCodeOf, Poster } from "./http-link.ts";
import { type Dial, urlOf } from "./link.ts";
import { Timers } from "./timers.ts";
import { claimsOf } from "./token-claims.ts";

interface PollAnswer {
  readonly messages: readonly Message[];
  readonly cursor: string;
  readonly gap: (Gap & { cursor?: string }) | null;
  readonly connection?: string;
  readonly signals?: readonly Signal[];
  readonly presence?: Omit<PresenceFrame, "type"> & Pick<NonNullable<WelcomeFrame["presence"]>, "members" | "next">;
  readonly read?: string;
  readonly unread?: number;
}

/** s that one waits; and ms after which an answer does not come any more. */
const TIMEOUT = 25;
const PATIENCE = (TIMEOUT + 15) * 1000;
/** ms between two polls that bring nothing: an answer that comes early with nothing in it must not make a storm. */
const PAUSE = 1000;

export const dialPoll: Dial = (target, events, environment) => {
  const { after, rewind, ...asked } = target.query;
  let options: Readonly<Record<string, string>> = asked;
  const timers = new Timers(environment);
  let cursor = after;
  const end = () => {
    timers.clear();
    poster.close();
  };
  const over = (code: number, reason: string, retryAfter?: number) => {
    if (poster.signal.aborted) return;
    end();
    events.closed(code, reason, retryAfter);
  };
  const poster = new Poster(target, { frame: events.frame, closed: over }, environment);

  const ask = async (endpoint: string, query: Record<string, string>): Promise<PollAnswer> => {
    const url = urlOf({ ...target, query }, endpoint);
    const asked = { token: target.token, signals: [poster.signal], patience: PATIENCE };
    const answer = await request<PollAnswer>(environment, "GET", url, asked);
    if (parseCursor(answer.cursor) === null || !Array.isArray(answer.messages)) throw new Error("no answer to a poll");
    return answer;
  };
  const poll = (timeout: number, more = options) => {
    const query: Record<string, string> = { ...more, signals: "1", timeout: String(timeout) };
    if (cursor !== undefined) query.after = cursor;
    if (poster.connection !== null) query.connection = poster.connection;
    return ask("poll", query);
  };

  const begin = async () => {
    const { answer, query } = await askAsMember(options, (more) => poll(0, more));
    options = query;
    return answer;
  };

  /** Tells what an answer brings; whether there was anything. Each is a frame like any other, and looked at like any other. */
  const tell = ({ messages, gap, signals, presence, read, unread, ...answer }: PollAnswer, first: object[] = []) => {
    const frames = [...first];
    if (gap) frames.push({ ...gap, type: "gap" });
    if (messages.length > 0) frames.push({ type: "messages", messages });
    if (signals !== undefined) frames.push({ type: "signals", signals });
    const hasNews = frames.length > 0 || answer.cursor !== cursor;
    if (presence !== undefined) frames.push({ ...presence, type: "presence" });
    if (read !== undefined) frames.push({ type: "read", cursor: read, unread });
    // All of them before the first: a cursor is believed only with what it stands for.
    for (const frame of frames.map(checked)) if (!poster.signal.aborted) events.frame(frame);
    cursor = answer.cursor;
    return hasNews;
  };

  const loop = async () => {
    // A poll does not look back: what was said last is in the history.
    const looksBack = after === undefined && Number(rewind) > 0;
    const first = looksBack ? await ask("messages", { limit: rewind as string }) : await begin();
    poster.connection = first.connection ?? null;
    const { user, expires } = claimsOf(target.token);
    const isResumed = looksBack || after !== undefined;
    tell(first, [welcomeOf(first, isResumed, user, expires, environment.now())]);
    while (!poster.signal.aborted) {
      const began = environment.now();
      // One that has looked back is not connected before this.
      const answer = await (poster.connection === null ? begin() : poll(TIMEOUT));
      poster.connection = answer.connection ?? poster.connection;
      if (tell(answer) || poster.signal.aborted) continue;
      await new Promise<void>((resolve) => timers.later("pause", began + PAUSE - environment.now(), resolve));
    }
  };
  loop().catch((error: unknown) => {
    const { code, reason, retryAfter } = closeCodeOf(error);
    over(code, reason, retryAfter);
  });
  return { send: (frame) => poster.send(frame), ping: () => undefined, isDuplex: false, close: end };
};

function checked(frame: object): ServerFrame {
  const decoded = checkServerFrame(frame);
  if (decoded.kind !== "frame") throw new Error("no answer to a poll");
  return decoded.frame;
}

/** Polls have no welcome: what is known from the first answer and the token. What is not known limits nothing. */
function welcomeOf(
  { cursor, connection = "", presence, read, unread, gap, messages }: PollAnswer,
  isResumed: boolean,
  user: string | null,
  expires: number | null,
  now: number,
): WelcomeFrame {
  const isNews = messages.length > 0;
  return {
    type: "welcome",
    protocol: PROTOCOL,
    channel: "",
    connection,
    user: user ?? "",
    cursor,
    resume: !isResumed ? "live" : gap ? "gap" : isNews ? "replay" : "live",
    at: Math.floor(now),
    // One that is over by our clock was still taken: then the clock is wrong, and the service will say when it ends.
    expires: expires !== null && expires > now ? expires : null,
    heartbeat: { every: 30_000, timeout: 100_000 },
    limits: {
      ...{ data: Number.MAX_SAFE_INTEGER, frame: Number.MAX_SAFE_INTEGER, presence: 1024, subscriptions: 0 },
      ...{ publish: { rate: 0, burst: 1 }, signal: { rate: 0 } },
    },
    features: [],
    ...(presence === undefined ? {} : { presence }),
    ...(read === undefined || unread === undefined ? {} : { read, unread }),
  };
}
