/** A thousand messages at once, and what the room made of them. */
import { button, count } from "./element.ts";
import type { Person } from "./person.ts";
import { difference, type Usage } from "./usage.ts";

const MESSAGES = 1000;

export interface BurstParts {
  readonly from: Person;
  readonly to: Person;
  readonly usage: Usage;
  readonly say: (sentence: string) => void;
}

export function burstButton({ from, to, usage, say }: BurstParts): HTMLElement {
  const burst = async () => {
    const before = await usage.ask().catch(() => usage.total);
    const began = performance.now();
    const seen = seenBy(to, MESSAGES);
    const receipts = Array.from({ length: MESSAGES }, (_, index) => from.say(`${index + 1} of ${count(MESSAGES)}`));
    say(`${count(MESSAGES)} messages from ${from.someone.name} …`);
    const results = await Promise.allSettled(receipts);
    const refused = results.filter(({ status }) => status === "rejected").length;
    if (refused > 0) return say(`${count(refused)} of ${count(MESSAGES)} were refused: see the inspector.`);
    await seen;
    const ms = Math.round(performance.now() - began);
    const { framesIn, framesOut, commits } = difference(await usage.ask(), before);
    say(
      `${count(MESSAGES)} messages in ${count(ms)} ms: ${count(framesIn)} frames in, ${count(framesOut)} out, ${count(commits)} commits. On disk before ${to.someone.name} saw them.`,
    );
  };
  return button(`Burst ${count(MESSAGES)}`, burst, {
    class: "burst",
    "data-action": "burst",
    title: `${from.someone.name} publishes ${count(MESSAGES)} messages at once`,
  });
}

/** Resolves when that many more have come. */
function seenBy({ room }: Person, messages: number): Promise<void> {
  return new Promise((resolve) => {
    let seen = 0;
    const forget = room.on("message", () => {
      if (++seen < messages) return;
      forget();
      resolve();
    });
  });
}
