/**
 * The chat client without its terminal and its socket: what has happened goes in, what is to be done comes out. It
 * reads no clock either, so that a test plays a whole evening of bad connections as a table.
 */
import { utf8Length } from "../../protocol/json.ts";
import { onFrame } from "./incoming.ts";
import { leave, onClose, onTick } from "./link.ts";
import { hasSeen } from "./place.ts";
import type { Action, Chat, Happening, Line, Moment, OpenLink, Step } from "./state.ts";

/** ms of silence after which what was to be seen before leaving will not come any more. */
const LINGER = 5_000;

export function step(chat: Chat, happening: Happening, moment: Moment): Step {
  const first = react(chat, happening, moment);
  const second = proceed(first.chat, moment.now);
  return { chat: second.chat, actions: [...first.actions, ...second.actions] };
}

function react(chat: Chat, happening: Happening, moment: Moment): Step {
  switch (happening.type) {
    case "tick":
      return onTick(chat, moment);
    case "frame":
      return onFrame(chat, happening.text, moment);
    case "close":
      return onClose(chat, happening.code, happening.reason, moment);
    case "line": {
      const { id, text } = happening;
      return { chat: text.trim() === "" ? chat : { ...chat, outbox: [...chat.outbox, { id, text }] }, actions: [] };
    }
    case "end-of-input":
      return { chat: { ...chat, inputEnded: true }, actions: [] };
    case "quit":
      return chat.link.is === "ended" ? { chat, actions: [] } : leave(chat, moment.now);
    default:
      return happening satisfies never;
  }
}

/** Sends what can be sent, and leaves when there is nothing more to wait for. */
function proceed(chat: Chat, now: number): Step {
  const { link, outbox } = chat;
  if (link.is !== "open" || chat.underWay) return { chat, actions: [] };
  const [line] = outbox;
  if (line !== undefined) return now < chat.sendAfter ? { chat, actions: [] } : send(chat, link, line, now);
  if (!chat.inputEnded) return { chat, actions: [] };
  return hasSeen(chat.place, chat.acknowledged) || now - link.lastSign >= LINGER
    ? leave(chat, now)
    : { chat, actions: [] };
}

function send(chat: Chat, link: OpenLink, { id, text }: Line, now: number): Step {
  const data = { text };
  // A frame over the limit would be no error but the end of the connection.
  if (utf8Length(JSON.stringify(data)) > link.welcome.limits.data) {
    const tooLong: Action = { do: "print", as: "error", line: "Not sent: the line is too long." };
    const next = proceed({ ...chat, outbox: chat.outbox.slice(1), refused: true }, now);
    return { chat: next.chat, actions: [tooLong, ...next.actions] };
  }
  const frame = JSON.stringify({ type: "publish", ref: id, id, data });
  return { chat: { ...chat, underWay: true }, actions: [{ do: "send", text: frame }] };
}
