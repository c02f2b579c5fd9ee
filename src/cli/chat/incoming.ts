/** What a frame of the service changes and shows. */
import { CODES, isCode } from "../../protocol/codes.ts";
import { decodeServerFrame } from "../../protocol/decode-server.ts";
import { type ErrorFrame, PONG, type ServerFrame, type WelcomeFrame } from "../../protocol/frames.ts";
import { gapLine, messageLine, welcomeLine } from "./lines.ts";
import { lost } from "./link.ts";
import { afterGap, afterWelcome, take } from "./place.ts";
import { type Action, type Chat, type Moment, note, type Step } from "./state.ts";

/** ms: the least to wait after a refusal that passes. Sooner, a long pipe would earn a refusal with every message. */
const PAUSE = 1_000;

export function onFrame(chat: Chat, text: string, moment: Moment): Step {
  if (chat.link.is === "waiting" || chat.link.is === "ended") return { chat, actions: [] };
  const alive: Chat = chat.link.is === "open" ? { ...chat, link: { ...chat.link, lastSign: moment.now } } : chat;
  if (text === PONG) return { chat: alive, actions: [] };
  const decoded = decodeServerFrame(text);
  switch (decoded.kind) {
    case "frame":
      return onServerFrame(alive, decoded.frame, moment);
    case "unknown":
      return { chat: alive, actions: [] };
    case "broken":
      return lost(alive, decoded.reason, moment);
    default:
      return decoded satisfies never;
  }
}

function onServerFrame(chat: Chat, frame: ServerFrame, moment: Moment): Step {
  switch (frame.type) {
    case "welcome":
      return onWelcome(chat, frame, moment);
    case "gap":
      return { chat: { ...chat, place: afterGap(chat.place, frame) }, actions: [note(gapLine(frame))] };
    case "messages": {
      const { place, news } = take(chat.place, frame.messages);
      const actions = news.map((message): Action => ({ do: "print", as: "said", line: messageLine(message) }));
      return { chat: { ...chat, place }, actions };
    }
    case "presence": {
      const joined = (frame.joined ?? []).map(({ user }) => note(`${user} joined.`));
      const left = (frame.left ?? []).map(({ user }) => note(`${user} left.`));
      return { chat, actions: [...joined, ...left] };
    }
    case "ack":
      return { chat: acknowledge(chat, frame), actions: [] };
    case "acks":
      return { chat: frame.acks.reduce(acknowledge, chat), actions: [] };
    case "error":
      return onError(chat, frame, moment);
    case "signals":
    case "read":
      return { chat, actions: [] };
    default:
      return frame satisfies never;
  }
}

function onWelcome(chat: Chat, welcome: WelcomeFrame, moment: Moment): Step {
  const { now } = moment;
  if (chat.link.is !== "connecting") return { chat, actions: [] };
  const place = afterWelcome(chat.place, welcome);
  if (place === null) return lost(chat, "the welcome has no cursor", moment);
  return {
    chat: {
      ...chat,
      link: { is: "open", since: now, lastSign: now, lastPing: now, welcome },
      place,
      refusedTokens: 0,
      told: "connected",
    },
    actions: [note(chat.told === "lost" ? "Connected again." : welcomeLine(welcome))],
  };
}

function acknowledge(chat: Chat, ack: { readonly ref: string; readonly [field: string]: unknown }): Chat {
  if (!isUnderWay(chat, ack.ref)) return chat;
  const acknowledged = typeof ack.seq === "number" ? ack.seq : chat.acknowledged;
  return { ...chat, outbox: chat.outbox.slice(1), underWay: false, acknowledged };
}

function onError(chat: Chat, { ref, code, message, retryAfter = 0 }: ErrorFrame, { now }: Moment): Step {
  const line = `${message} (${code})`;
  if (!isUnderWay(chat, ref)) return { chat, actions: [{ do: "print", as: "error", line }] };
  if (isCode(code) && CODES[code].retryable)
    return { chat: { ...chat, underWay: false, sendAfter: now + Math.max(retryAfter, PAUSE) }, actions: [] };
  return {
    chat: { ...chat, outbox: chat.outbox.slice(1), underWay: false, refused: true },
    actions: [{ do: "print", as: "error", line: `Not sent: "${chat.outbox[0]?.text}": ${line}` }],
  };
}

function isUnderWay({ underWay, outbox }: Chat, ref: string | undefined): boolean {
  return underWay && outbox[0]?.id === ref;
}
