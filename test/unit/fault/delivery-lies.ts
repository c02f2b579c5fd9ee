/** Untrue deliveries: I10 to I15. */
import type { HistoryEvent } from "../../fault/history.ts";
import { change, type Lie, toBob } from "./lie.ts";

export const DELIVERY_LIES: readonly Lie[] = [
  [
    "I10",
    "two messages come in the wrong order",
    (story) => {
      const events = story.end();
      const [a1, a2] = ['"a1"', '"a2"'].map((id) =>
        events.findIndex((event) => event.type === "message" && toBob(id)(event)),
      );
      return events
        .with(a1 as number, events[a2 as number] as HistoryEvent)
        .with(a2 as number, events[a1 as number] as HistoryEvent);
    },
  ],
  [
    "I11",
    "a message never comes, and nobody says so",
    (story) => change(story.end(), "message", toBob('"a1"'), () => []),
  ],
  [
    "I11",
    "a gap though nothing is missing",
    (story) =>
      change(story.end(), "message", toBob('"a2"'), (event) => [
        {
          t: event.t,
          client: "bob",
          type: "gap",
          connection: event.connection,
          after: "epoch001-1",
          oldest: "epoch001-2",
          reason: "expired",
        },
        event,
      ]),
  ],
  [
    "I11",
    "a gap that retention does not explain",
    (story) =>
      change(story.end(), "message", toBob('"a2"'), (event) => [
        {
          t: event.t,
          client: "bob",
          type: "gap",
          connection: event.connection,
          after: "epoch001-1",
          oldest: "epoch001-3",
          reason: "expired",
        },
      ]),
  ],
  [
    "I12",
    "the last of the replay comes again live",
    (story) => {
      const events = story.close("bob").publish("ann", "missed").connect("bob").publish("ann", "live").end();
      const replayed = events.find((event) => event.type === "message" && toBob('"missed"')(event));
      return change(events, "message", toBob('"live"'), (event) => [
        event,
        { ...(replayed as typeof event), t: event.t },
      ]);
    },
  ],
  [
    "I12",
    "the first after the replay is lost",
    (story) => {
      const seen = story.close("bob").publish("ann", "missed").connect("bob").publish("ann", "first");
      return change(seen.publish("ann", "second").end(), "message", toBob('"first"'), () => []);
    },
  ],
  [
    "I13",
    "one transport brings other bytes",
    (story) =>
      change(story.end(), "message", toBob('"b2"'), (event) => ({
        ...event,
        text: event.text.replace('"seq":', '"seq": '),
      })),
  ],
  [
    "I14",
    "one does not get to the head",
    (story) => {
      const events = story.publish("ann", "last").end();
      return change(events, "message", toBob('"last"'), () => []);
    },
  ],
  [
    "I15",
    "one stands still while the head moves on",
    (story) => {
      const events = story.publish("ann", "late").wait(20_000).beat().end();
      const late = events.find((event) => event.type === "message" && toBob('"late"')(event)) as HistoryEvent;
      const end = events.at(-1) as HistoryEvent;
      return [...events.filter((event) => event !== late), { ...late, t: end.t }];
    },
  ],
];
