/** The first words of a session, so that one sees at once what it is about. */
import type { Pane } from "./pane.ts";
import type { Person } from "./person.ts";

const WORDS: readonly (readonly [who: 0 | 1, text: string])[] = [
  [0, "hi! can you read me?"],
  [1, "loud and clear"],
  [0, "this goes through a Durable Object, and it is on disk before you see it"],
  [1, "and if the server dies in between?"],
  [0, "pull the plug and watch the numbers"],
];
/** ms */
const PER_LETTER = 14;
const BETWEEN = 250;

/** Only in a room where nothing was said yet. */
export async function open(people: readonly Person[], panes: readonly Pane[]): Promise<void> {
  await Promise.all(people.map(connected));
  if (!people.some(({ room }) => room.cursor?.endsWith("-0"))) return;
  for (const [who, text] of WORDS) {
    await panes[who]?.type(text, PER_LETTER);
    await new Promise((resolve) => setTimeout(resolve, BETWEEN));
  }
}

function connected({ room }: Person): Promise<void> {
  return new Promise((resolve) => {
    if (room.state.name === "connected") return resolve();
    const forget = room.on("state", ({ name }) => {
      if (name !== "connected") return;
      forget();
      resolve();
    });
  });
}
