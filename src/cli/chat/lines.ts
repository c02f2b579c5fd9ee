/** How what the service tells looks as a line of text. */
import type { Gap, Message, WelcomeFrame } from "../../protocol/frames.ts";
import { isObject } from "../../protocol/json.ts";

/** `alice: hello`; what was not written by a chat client is shown as the JSON that it is. */
export function messageLine({ user, event, data }: Message): string {
  const text = isObject(data) && typeof data.text === "string" ? data.text : data;
  const body = typeof text === "string" ? text : JSON.stringify(text);
  return event === "message" ? `${user}: ${body}` : `${user}: [${event}] ${body}`;
}

export function welcomeLine({ channel, user, presence }: WelcomeFrame): string {
  const names = (presence?.members ?? []).map((member) => member.user);
  const more = (presence?.count ?? 0) - names.length;
  return `You are ${user} in ${channel}. Here: ${names.join(", ")}${more > 0 ? ` and ${more} more` : ""}.`;
}

export function gapLine({ reason }: Gap): string {
  switch (reason) {
    case "expired":
      return "Some messages are missing here: they are no longer kept.";
    case "epoch":
      return "The log of this channel was cleared.";
    case "ahead":
      return "The log of this channel went back to an earlier state.";
    default:
      return "Some messages are missing here.";
  }
}
