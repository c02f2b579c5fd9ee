/** The connection: when it is made, when it counts as lost, when it is worth coming back, and how it ends. */
import { comebackAfter } from "../../protocol/codes.ts";
import { PING } from "../../protocol/frames.ts";
import { backoff } from "./backoff.ts";
import { resumeQuery } from "./place.ts";
import { type Action, type Chat, type Moment, note, type Step } from "./state.ts";

/** ms: an attempt that takes longer has failed. */
const CONNECT_TIMEOUT = 15_000;
/** ms: a connection that lasted this long ends the row of failures that the backoff counts. */
const STABLE = 10_000;
/** ms: how long the service may take to confirm a leave. */
const LEAVE_TIMEOUT = 2_000;
/** Failures in a row (about half a minute) after which piped input is given up: a script must not hang for ever. */
const GIVE_UP_AFTER = 8;
/** Fresh tokens that may be refused in a row, until the secret is taken to be the wrong one. */
const MAX_REFUSED_TOKENS = 3;
/** ms: a revocation refuses every token of its own second, so a fresh one is tried no sooner than in the next. */
const TOKEN_PAUSE = 1_000;

export function onTick(chat: Chat, moment: Moment): Step {
  const { link } = chat;
  const { now } = moment;
  switch (link.is) {
    case "waiting":
      if (now < link.until) return { chat, actions: [] };
      return {
        chat: { ...chat, link: { is: "connecting", since: now } },
        actions: [{ do: "connect", query: resumeQuery(chat.place, chat.options.rewind) }],
      };
    case "connecting":
      return now - link.since < CONNECT_TIMEOUT ? { chat, actions: [] } : lost(chat, "no answer", moment);
    case "open": {
      const { every, timeout } = link.welcome.heartbeat;
      if (now - link.lastSign >= timeout) return lost(chat, "no sign of life", moment);
      if (now - link.lastPing < every) return { chat, actions: [] };
      return { chat: { ...chat, link: { ...link, lastPing: now } }, actions: [{ do: "send", text: PING }] };
    }
    case "leaving":
      return now - link.since < LEAVE_TIMEOUT ? { chat, actions: [] } : ended(chat);
    case "ended":
      return { chat, actions: [] };
    default:
      return link satisfies never;
  }
}

export function onClose(chat: Chat, code: number, reason: string, moment: Moment): Step {
  const { link } = chat;
  if (link.is === "leaving") return ended(chat);
  if (link.is === "waiting" || link.is === "ended") return { chat, actions: [] };
  const why = reason === "" ? `code ${code}` : `${code} ${reason}`;
  const comeback = comebackAfter(code);
  if (comeback === "final") return failed(chat, `The service has closed the connection for good (${why}).`);
  if (comeback === "retry") return lost(chat, why, moment);
  const refusedTokens = chat.refusedTokens + 1;
  if (!chat.options.canRenewToken) return failed(chat, `The service does not accept the token (${why}).`);
  if (refusedTokens >= MAX_REFUSED_TOKENS)
    return failed(chat, `The service does not accept tokens signed with this AUTH_SECRET (${why}): is it the same?`);
  return lost({ ...chat, refusedTokens }, why, moment, TOKEN_PAUSE);
}

/** Gives the connection up and comes back after a while, of at least `pause` ms. */
export function lost(chat: Chat, why: string, { now, random }: Moment, pause = 0): Step {
  const lasted = chat.link.is === "open" && now - chat.link.since >= STABLE;
  const failures = lasted ? 0 : chat.failures;
  if (chat.inputEnded && failures + 1 >= GIVE_UP_AFTER)
    return failed(chat, `The service cannot be reached (${why}); ${unconfirmed(chat)}.`);
  const actions: Action[] = [{ do: "drop" }];
  if (chat.told === "nothing") actions.push(note(`No connection yet (${why}); trying again.`));
  if (chat.told === "connected") actions.push(note(`Connection lost (${why}); coming back.`));
  return {
    chat: {
      ...chat,
      link: { is: "waiting", until: now + Math.max(pause, backoff(failures, random)) },
      underWay: false,
      failures: failures + 1,
      told: chat.told === "connected" || chat.told === "lost" ? "lost" : "no connection yet",
    },
    actions,
  };
}

/** Says goodbye, if anybody is there to hear it. */
export function leave(chat: Chat, now: number): Step {
  if (chat.link.is !== "open") return ended(chat);
  return {
    chat: { ...chat, link: { is: "leaving", since: now } },
    actions: [{ do: "send", text: JSON.stringify({ type: "leave" }) }],
  };
}

function ended(chat: Chat): Step {
  const complete = chat.outbox.length === 0;
  return {
    chat: { ...chat, link: { is: "ended" } },
    actions: [
      { do: "drop" },
      ...(complete ? [] : [note(`Left; ${unconfirmed(chat)}.`)]),
      { do: "exit", code: complete && !chat.refused ? 0 : 1 },
    ],
  };
}

function failed(chat: Chat, line: string): Step {
  return {
    chat: { ...chat, link: { is: "ended" } },
    actions: [{ do: "drop" }, { do: "print", as: "error", line }, { do: "exit", code: 1 }],
  };
}

function unconfirmed({ outbox }: Chat): string {
  return `${outbox.length} ${outbox.length === 1 ? "line is" : "lines are"} not confirmed`;
}
