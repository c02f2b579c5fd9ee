/** How what the service tells looks as a line of text. */
import type { Message, Room, RoomEvents } from "../../client/index.ts";
import { isObject } from "../../protocol/json.ts";

/** `alice: hello`; what was not written by a chat client is shown as the JSON that it is. */
export function messageLine({ user, event, data }: Message): string {
  const text = isObject(data) && typeof data.text === "string" ? data.text : data;
  const body = typeof text === "string" ? text : JSON.stringify(text);
  return event === "message" ? `${user}: ${body}` : `${user}: [${event}] ${body}`;
}

export function welcomeLine({ user, members, count }: Pick<Room, "user" | "members" | "count">, room: string): string {
  const more = (count ?? 0) - members.length;
  const names = members.map((member) => member.user).join(", ");
  return `You are ${user} in room:${room}. Here: ${names}${more > 0 ? ` and ${more} more` : ""}.`;
}

export function presenceLines({ joined, left }: Pick<RoomEvents<unknown>["presence"], "joined" | "left">): string[] {
  return [...joined.map(({ user }) => `${user} joined.`), ...left.map(({ user }) => `${user} left.`)];
}

export function gapLine({ reason }: RoomEvents<unknown>["gap"]): string {
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
