import { expect, test } from "vitest";
import { Room } from "./support/room.ts";
import { Stage } from "./support/script.ts";
import { SESSION } from "./support/session.ts";

interface Played {
  stage: Stage;
  observed: Record<string, unknown[]>;
  /** How often the object was constructed. */
  constructions: number;
}

/** Plays the session, with a hibernation before each step that `sleepsBefore` names by its number. */
async function play(sleepsBefore: (index: number) => boolean): Promise<Played> {
  const stage = new Stage(new Room("hibernation"));
  const instances = new Set<object>();
  for (const [index, [name, act]] of SESSION.entries()) {
    if (sleepsBefore(index)) await stage.room.hibernate();
    try {
      await act(stage);
    } catch (error) {
      throw new Error(`"${name}" failed`, { cause: error });
    }
    await stage.room.inside((object) => instances.add(object));
  }
  return { stage, observed: await stage.observed(), constructions: instances.size };
}

const undisturbed = play(() => false);

test.each([
  [
    "ann",
    [
      ...["welcome, live, 1 here", "bob joined, 2 here", "messages 1", "signals typing", "messages 2 3"],
      ...["bob updated, 2 here", "messages 4 5", "messages 6", "messages 7", "signals wave", "bob left, 1 here"],
      ...["carol joined, 2 here", "carol left, 1 here", "messages 8", "ack"],
    ],
  ],
  [
    "wim",
    [
      ...["welcome, live, 1 here", "2 here", "messages 1", "signals typing", "messages 2 3", "messages 4 5"],
      ...["messages 6", "messages 7", "signals wave", "1 here", "2 here", "1 here", "messages 8", "ack"],
    ],
  ],
  [
    "bob",
    [
      ...["welcome, live", "messages 1", "messages 2 3", "messages 4 5"],
      ...["ack 1", "ack 1 again", "error id_conflict", "ack", "ack"],
    ],
  ],
  ["bob2", ["welcome, replay", "messages 2 3", "acks 4 5"]],
  ["bob again", ["welcome, replay", "messages 6", "messages 7", "ack", "ack"]],
])("PRESENCE-9 MSG-1 an undisturbed session tells %s what it should", async (name, frames) => {
  const { stage, constructions } = await undisturbed;
  expect(constructions).toBe(1);
  expect(stage.inShort(name)).toEqual(frames);
});

// Before the first step there is no object yet.
test.each(SESSION.slice(1).map(([name], index) => [name, index + 1] as const))(
  "RESUME-2 PRESENCE-9 a hibernation before “%s” loses and doubles nothing, and nobody leaves by it",
  async (_name, position) => {
    const { observed, constructions } = await play((index) => index === position);
    expect(constructions).toBe(2);
    expect(observed).toEqual((await undisturbed).observed);
  },
);

test("RESUME-2 PRESENCE-9 a hibernation before every step loses and doubles nothing", async () => {
  const { observed, constructions } = await play((index) => index > 0);
  expect(constructions).toBe(SESSION.length);
  expect(observed).toEqual((await undisturbed).observed);
});
