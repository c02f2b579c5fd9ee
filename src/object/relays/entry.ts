import type { Entry } from "../../core/batch.ts";
import { utf8Length } from "../../protocol/json.ts";

/**
 * A message as it came from the room, for a row of the copy. Which ids are taken is the room's to know.
 * @throws if it is none
 */
export function entryOf(text: string): Entry {
  const { seq, id, user, at } = JSON.parse(text) as { seq: number; id: string; user: string; at: number };
  return { seq, id, user, at, chosenId: null, hash: 0, text, bytes: utf8Length(text), origin: null };
}

/** The messages of a frame as it came from the room: the same bytes that were sent there. */
export function entriesOf(frame: string): Entry[] {
  const { messages } = JSON.parse(frame) as { messages: { seq: number; id: string; user: string; at: number }[] };
  // A message was made by JSON.stringify, so that it gives the same text again.
  return messages.map((message) => {
    const text = JSON.stringify(message);
    const { seq, id, user, at } = message;
    return { seq, id, user, at, chosenId: null, hash: 0, text, bytes: utf8Length(text), origin: null };
  });
}
