/** Untrue logs and answers: I1 to I9. */
import type { HistoryEvent } from "../../fault/history.ts";
import { change, finalPage, has, type Lie, toBob } from "./lie.ts";

export const LOG_LIES: readonly Lie[] = [
  [
    "I1",
    "two observers see two messages at one place",
    (story) => {
      const lie = (text: string) => text.replace('"user":"ann"', '"user":"bob"');
      return change(story.end(), "message", toBob('"a2"'), (event) => ({ ...event, text: lie(event.text) }));
    },
  ],
  [
    "I1",
    "the log has a hole",
    (story) => change(story.end(), "page", finalPage, (page) => ({ ...page, messages: page.messages.toSpliced(1, 1) })),
  ],
  [
    "I1",
    "the time goes back",
    (story) => {
      const lie = (text: string) => text.replace(/"at":[0-9]+/, '"at":7');
      return story.end().map((event) => {
        if (event.type === "message" && has('"b2"')(event)) return { ...event, text: lie(event.text) };
        if (event.type === "ok" && event.id === "b2") return { ...event, at: 7 };
        if (event.type !== "page") return event;
        return { ...event, messages: event.messages.map((text) => (text.includes('"b2"') ? lie(text) : text)) };
      });
    },
  ],
  [
    "I2",
    "an acknowledged message is lost with the end of the log",
    (story) =>
      story
        .publish("ann", "last")
        .end()
        .flatMap((event) => {
          if (event.type === "page")
            return {
              ...event,
              messages: event.messages.slice(0, -1),
              cursor: event.cursor.replace(/\d+$/, (seq) => `${Number(seq) - 1}`),
            };
          return event.type === "message" && has('"last"')(event) ? [] : event;
        }),
  ],
  [
    "I2",
    "an acknowledged message is gone before its time",
    (story) =>
      change(story.end(), "page", finalPage, (page) => ({
        ...page,
        messages: page.messages.slice(1),
        oldest: (page.oldest as string).replace(/\d+$/, (seq) => `${Number(seq) + 1}`),
      })),
  ],
  [
    "I2",
    "the log begins anew, and nobody has cleared it",
    (story) =>
      story
        .close("ann")
        .close("bob")
        .wipe()
        .publish("ann", "n")
        .connect("ann")
        .connect("bob")
        .end()
        .filter((event) => event.type !== "fault" || event.kind !== "wipe"),
  ],
  [
    "I3",
    "a retry is stored again",
    (story) =>
      story
        .publish("ann", "twice")
        .publish("ann", "other", "ok", { data: "D" })
        .end()
        .map((event) => {
          const lie = (text: string) =>
            text
              .replace('"id":"other"', '"id":"twice"')
              .replace('"data":"D"', `"data":${JSON.stringify(`canary-lobby0000000 twice`)}`);
          if (event.type === "message") return { ...event, text: lie(event.text) };
          if (event.type === "page") return { ...event, messages: event.messages.map(lie) };
          if (event.type === "send" && event.id === "other")
            return { ...event, id: "twice", data: "canary-lobby0000000 twice" };
          return event.type === "ok" && event.id === "other" ? { ...event, id: "twice" } : event;
        }),
  ],
  [
    "I3",
    "what was refused is stored",
    (story) => {
      const events = story.publish("ann", "no", "stored").end();
      const { op } = events.findLast((event) => event.type === "send") as { op: string };
      return change(
        events,
        "send",
        (event) => event.op === op,
        (event) => [event, { ...event, type: "fail", op, code: "forbidden" }],
      );
    },
  ],
  [
    "I4",
    "a message that nobody published",
    (story) =>
      story
        .publish("ann", "ghost")
        .end()
        .filter(
          (event) =>
            !("op" in event && event.op === story.events.findLast(({ type }) => type === "send")?.["op" as never]),
        ),
  ],
  [
    "I4",
    "a message is delivered that is not in the log",
    (story) => {
      const events = story.publish("ann", "leak", "stored").end();
      return change(events, "page", finalPage, (page) => ({
        ...page,
        messages: page.messages.slice(0, -1),
        cursor: page.cursor.replace(/\d+$/, (seq) => `${Number(seq) - 1}`),
      }));
    },
  ],
  [
    "I5",
    "pipelined messages change places",
    (story) => {
      const events = story.end();
      const sends = events.filter((event) => event.type === "send" && event.connection === "ann-socket");
      const [one, two] = sends.map((event) => event as Extract<HistoryEvent, { type: "send" }>);
      if (!one || !two) throw new Error("two were sent");
      // Both were sent before either was acknowledged.
      const others = events.filter((event) => event !== two);
      return others.toSpliced(others.indexOf(one), 1, { ...two, t: one.t }, one);
    },
  ],
  [
    "I6",
    "a later message gets a lower seq",
    (story) => {
      const events = story.publish("ann", "x").publish("bob", "y").end();
      const sent = events.findIndex((event) => event.type === "send" && event.id === "x");
      const send = events[sent] as HistoryEvent;
      const acked = events.findIndex((event) => event.type === "ok" && event.id === "y");
      const ok = events.findIndex((event) => event.type === "ok" && event.id === "x");
      const moved = events.map((event, index) => (index === ok ? null : event));
      moved.splice(
        acked + 1,
        0,
        { ...send, t: events[acked]?.t ?? 0 },
        { ...(events[ok] as HistoryEvent), t: events[acked]?.t ?? 0 },
      );
      return moved.filter((event, index) => event !== null && index !== sent) as HistoryEvent[];
    },
  ],
  [
    "I7",
    "a retry is answered with another seq",
    (story) =>
      change(
        story.publish("ann", "again").publish("ann", "again").end(),
        "ok",
        ({ id, duplicate }) => id === "again" && duplicate,
        (event) => ({
          ...event,
          cursor: event.cursor.replace(/\d+$/, (seq) => `${Number(seq) - 1}`),
        }),
      ),
  ],
  [
    "I8",
    "a wiped log keeps its epoch",
    (story) =>
      JSON.parse(
        JSON.stringify(
          story.close("ann").close("bob").wipe().connect("ann").connect("bob").publish("ann", "n").end(),
        ).replaceAll("epoch002", "epoch001"),
      ),
  ],
  [
    "I8",
    "the oldest goes back",
    (story) => {
      for (let n = 0; n < 6; n++) story.publish("ann", `more-${n}`);
      const events = story.read().end();
      return change(events, "page", finalPage, (page) => ({ ...page, oldest: page.cursor.replace(/\d+$/, "2") }));
    },
  ],
  [
    "I9",
    "a read after an ack does not hold it",
    (story) =>
      change(
        story.read().end(),
        "page",
        ({ final }) => !final,
        (page) => ({
          ...page,
          messages: page.messages.slice(0, -1),
          cursor: page.cursor.replace(/\d+$/, (seq) => `${Number(seq) - 1}`),
        }),
      ),
  ],
  ["I10", "a message comes twice", (story) => change(story.end(), "message", toBob('"a2"'), (event) => [event, event])],
];
