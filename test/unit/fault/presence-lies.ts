/** Untrue members, and what nobody should have seen: P1 to P6, S1. */
import type { HistoryEvent } from "../../fault/history.ts";
import { change, type Lie, toBob } from "./lie.ts";
import { CANARY_OF_VAULT } from "./story.ts";

export const PRESENCE_LIES: readonly Lie[] = [
  [
    "P1",
    "a vanished client leaves too early",
    (story) => {
      story.connect("cat").wait(100).vanish("cat").wait(1000).leave("cat");
      for (let n = 0; n < 8; n++) story.wait(1000).beat();
      return story.end();
    },
  ],
  [
    "P1",
    "a vanished client does not leave",
    (story) => {
      story.connect("cat").wait(100).vanish("cat");
      for (let n = 0; n < 8; n++) story.wait(1000).beat();
      return story.end();
    },
  ],
  [
    "P2",
    "one is said to have left, and is there",
    (story) => story.beat().wait(1000).leave("bob").wait(1000).beat().end(),
  ],
  [
    "P2",
    "one is ended for a silence that was none",
    (story) => story.beat().wait(1000).beat().wait(100).close("bob", 4408).wait(100).connect("bob").end(),
  ],
  [
    "P3",
    "a second tab is a second member",
    (story) =>
      change(
        story.connect("tab", { user: "bob" }).end(),
        "members",
        () => true,
        (event) => ({ ...event, users: [...event.users, "bob"] }),
      ),
  ],
  [
    "P3",
    "a second tab joins again",
    (story) => {
      const events = story.connect("tab", { user: "bob" }).end();
      const connection = story.connectionOf("ann");
      return change(
        events,
        "heal",
        () => true,
        (event) => [
          event,
          { ...event, type: "presence", client: "ann", connection, joined: ["bob"], left: [], updated: [] },
        ],
      );
    },
  ],
  [
    "P4",
    "what was told does not add up",
    (story) =>
      change(
        story.connect("cat").end(),
        "presence",
        ({ joined }) => joined.includes("cat"),
        (event) => ({ ...event, joined: [] }),
      ),
  ],
  [
    "P5",
    "one who never came back is still there",
    (story) => {
      const events = story.connect("cat").fault("kill").close("cat").stop("cat").wait(20_000).end();
      return events;
    },
  ],
  [
    "P6",
    "a short break is told as a leave",
    (story) => {
      story.beat().close("bob").wait(100).leave("bob").wait(100).connect("bob");
      return story.end();
    },
  ],
  [
    "S1",
    "somebody is sent what is another room's",
    (story) =>
      change(story.end(), "message", toBob('"b2"'), (event) => ({
        ...event,
        text: event.text.replace(/canary-\w+/, CANARY_OF_VAULT),
      })),
  ],
  [
    "S1",
    "somebody is sent something after a revocation",
    (story) => {
      const events = story.end();
      const revoked = change(
        events,
        "heal",
        () => true,
        (event) => [{ ...event, type: "revoke", user: "bob", upTo: event.t }, event],
      );
      const late = events.find((event) => event.type === "message" && toBob('"b2"')(event)) as HistoryEvent;
      return [...revoked, { ...late, type: "raw", user: "bob", t: (events.at(-1)?.t ?? 0) + 5000 } as HistoryEvent];
    },
  ],
];
