/** The checker is checked: what is true is accepted, and each lie is caught under its own name. */
import { describe, expect, test } from "vitest";
import { check, describe as textOf } from "../../fault/checker/check.ts";
import { RULES } from "../../fault/checker/findings.ts";
import { type HistoryEvent, parseHistory } from "../../fault/history.ts";
import { DELIVERY_LIES } from "./delivery-lies.ts";
import { LOG_LIES } from "./log-lies.ts";
import { PRESENCE_LIES } from "./presence-lies.ts";
import { Story } from "./story.ts";

/** Two publishers, two subscribers who lose their connections and change transport, a kill. */
function trueStory(): Story {
  return new Story()
    .grant("ann")
    .grant("bob")
    .connect("ann")
    .connect("bob")
    .publish("ann", "a1", "ok", { connection: "ann-socket" })
    .publish("ann", "a2", "ok", { connection: "ann-socket" })
    .fault("kill")
    .publish("bob", "b1", "stored")
    .close("bob")
    .publish("bob", "b1")
    .publish("ann", "a3", "fail")
    .connect("bob", { transport: "sse" })
    .publish("bob", "b2")
    .close("bob")
    .connect("bob", { transport: "ws" });
}

function expectOk(events: HistoryEvent[]): void {
  const verdict = check(events);
  expect(verdict.verdict, textOf(verdict)).toBe("ok");
}

describe("accepts what is true", () => {
  test("a true story, and counts it", () => {
    const events = trueStory().end();
    expectOk(events);
    expect(check(events).counts).toMatchObject({
      operations: 6,
      acknowledged: 4,
      refused: 1,
      resumes: 2,
      gaps: 0,
      faults: { kill: 1 },
    });
  });

  test("as lines, from several recordings", () => {
    const events = trueStory().end();
    const halves = [0, 1].map((half) => events.filter((_, index) => index % 2 === half));
    const [one, other] = halves.map((half) => half.map((event) => JSON.stringify(event)).join("\n"));
    expectOk(parseHistory(one as string, `${other}\n`));
  });

  test("a gap that is true, and several subscribers of one user", () => {
    const story = trueStory().connect("bob's other", { user: "bob" }).close("bob");
    for (let n = 0; n < 9; n++) story.publish("ann", `more-${n}`);
    const events = story.connect("bob", { transport: "sse" }).end();
    expectOk(events);
    expect(check(events).counts.gaps).toBe(1);
  });

  test("operations without an answer, stored or not", () => {
    expectOk(
      trueStory().publish("ann", "x1", "lost").publish("ann", "x2", "stored").publish("ann", null, "stored").end(),
    );
  });

  test("an id that is free again when its message is gone", () => {
    const story = trueStory();
    for (let n = 0; n < 4; n++) story.publish("bob", `more-${n}`);
    expectOk(story.publish("ann", "a1").end());
  });

  test("a log that was wiped, with another epoch", () => {
    const story = trueStory().close("ann").close("bob").wipe().publish("bob", "after").connect("ann").connect("bob");
    const events = story.publish("bob", "b1").end();
    expectOk(events);
    expect(check(events).counts.gaps).toBe(2);
  });

  test("a change of transport at every message", () => {
    const story = trueStory();
    for (let n = 0; n < 12; n++) {
      const transport = (["ws", "sse", "poll"] as const)[n % 3] as "ws";
      story.close("bob").publish("ann", `t${n}`).connect("bob", { transport });
    }
    expectOk(story.close("bob").connect("bob").end());
  });

  test("one who vanished, and left in time", () => {
    const story = trueStory().connect("cat").wait(100).vanish("cat");
    for (let n = 0; n < 3; n++) story.wait(1000).beat();
    story.leave("cat").wait(3000).beat();
    expectOk(story.end());
  });
});

test("is unknown, if nothing succeeded or no fault hit", () => {
  const story = new Story().grant("ann").connect("ann").publish("ann", "a1");
  expect(check(story.end()).verdict).toBe("unknown");
  expect(check(new Story().grant("ann").fault("kill").connect("ann").publish("ann", "a1", "lost").end()).verdict).toBe(
    "unknown",
  );
});

const LIES = [...LOG_LIES, ...DELIVERY_LIES, ...PRESENCE_LIES];

describe("catches what is not true", () => {
  test.each(LIES)("%s: %s", (rule, _, lie) => {
    const story = trueStory();
    const verdict = check(lie(story));
    expect(verdict.verdict).toBe("violated");
    expect([...verdict.broken.keys()], textOf(verdict)).toContain(rule);
    // Every finding names what it rests on.
    for (const { events } of verdict.findings) expect(events.length).toBeGreaterThan(0);
  });

  test("every rule has its lie", () => {
    expect(new Set(LIES.map(([rule]) => rule))).toEqual(new Set(RULES));
  });
});
