import { describe, expect, test } from "vitest";
import {
  ack,
  close,
  connect,
  drop,
  EPOCH,
  endOfInput,
  error,
  exit,
  frame,
  gap,
  joined,
  leave,
  line,
  member,
  messages,
  note,
  play,
  publish,
  quit,
  type Row,
  said,
  send,
  text,
  tick,
  welcome,
  wrong,
} from "./play.ts";

const lostBy1006 = note("Connection lost (code 1006); coming back.");

describe("joining", () => {
  test("shows who is there, what was said, and who comes and goes", () => {
    play([
      [0, tick, [connect("rewind=10")]],
      [
        9,
        welcome({
          cursor: `${EPOCH}-2`,
          resume: "replay",
          presence: { count: 7, members: [member("alice"), member("bob")] },
        }),
        [note("You are alice in room:lobby. Here: alice, bob and 5 more.")],
      ],
      [10, messages(1, 2), [said("bob: 1"), said("bob: 2")]],
      [11, frame({ type: "presence", count: 2, joined: [member("eve")] }), [note("eve joined.")]],
      [12, frame({ type: "presence", count: 1, left: [{ user: "eve" }] }), [note("eve left.")]],
      [13, frame({ type: "signals", signals: [] }), []],
      [14, frame({ type: "added in version 1.1", field: 1 }), []],
    ]);
  });

  test("starts after a cursor instead, if one is given", () => {
    play([[0, tick, [connect(`after=${EPOCH}-7`)]]], { after: { epoch: EPOCH, seq: 7 } });
  });

  const message = { seq: 1, id: "1", user: "bob", at: 0, event: "message" };
  test.each<[object, string]>([
    [{ data: "text" }, "bob: text"],
    [{ data: { x: 1 } }, 'bob: {"x":1}'],
    [{ data: null }, "bob: null"],
    [{ data: { text: "hi" }, event: "note" }, "bob: [note] hi"],
  ])("shows what other programs publish: %j", (fields, shown) => {
    play([...joined, [1, frame({ type: "messages", messages: [{ ...message, ...fields }] }), [said(shown)]]]);
  });
});

describe("publishing", () => {
  test("sends one line at a time, in order, and forgets what is acknowledged", () => {
    const chat = play([
      [0, line("early", "a"), []],
      [0, tick, [connect("rewind=10")]],
      [1, welcome(), [note("You are alice in room:lobby. Here: alice."), publish("early", "a")]],
      [2, line("second", "b"), []],
      [3, line("  ", "c"), []],
      [4, ack("b"), []],
      [5, ack("a", { seq: 1 }), [publish("second", "b")]],
      [6, frame({ type: "acks", acks: [{ ref: "b", seq: 2 }] }), []],
    ]);
    expect(chat.outbox).toEqual([]);
  });

  test("sends what was not acknowledged again with the same id, after what was seen", () => {
    play([
      ...joined,
      [1, messages(1), [said("bob: 1")]],
      [2, line("hello", "a"), [publish("hello", "a")]],
      [3, line("world", "b"), []],
      [4, close(1006), [drop, lostBy1006]],
      [504, tick, [connect(`after=${EPOCH}-1`)]],
      [505, welcome({ cursor: `${EPOCH}-3`, resume: "replay" }), [note("Connected again."), publish("hello", "a")]],
      [506, messages(1, 2, 3), [said("bob: 2"), said("bob: 3")]],
      [507, messages(3), []],
      [508, ack("a", { seq: 2, duplicate: true }), [publish("world", "b")]],
    ]);
  });

  test.each<[string, number | undefined, number]>([
    ["rate_limited", undefined, 1000],
    ["rate_limited", 20, 1000],
    ["overloaded", 2500, 2500],
  ])("waits after %s (retryAfter %s) and sends the same again", (code, retryAfter, pause) => {
    const refusal = { ref: "a", code, message: "Later.", ...(retryAfter === undefined ? {} : { retryAfter }) };
    play([
      ...joined,
      [100, line("hello", "a"), [publish("hello", "a")]],
      [100, line("world", "b"), []],
      [100, error(refusal), []],
      [99 + pause, tick, []],
      [100 + pause, tick, [publish("hello", "a")]],
    ]);
  });

  test("a line that is refused for good is shown, and the next one goes out", () => {
    play([
      ...joined,
      [1, line("hello", "a"), [publish("hello", "a")]],
      [1, line("world", "b"), []],
      [
        2,
        error({ ref: "a", code: "forbidden", message: "No." }),
        [wrong('Not sent: "hello": No. (forbidden)'), publish("world", "b")],
      ],
      [3, ack("b"), []],
      [4, endOfInput, [leave]],
      [5, close(1000), [drop, exit(1)]],
    ]);
  });

  test("a line over the limit is not sent at all", () => {
    play([
      ...joined,
      [1, line("ü".repeat(50), "a"), [wrong("Not sent: the line is too long.")]],
      [2, line("short", "b"), [publish("short", "b")]],
    ]);
  });

  test("errors without a line of ours are shown", () => {
    play([...joined, [1, error({ code: "bad_request", message: "What?" }), [wrong("What? (bad_request)")]]]);
  });
});

describe("staying connected", () => {
  test("a ping every 30 s; 100 s without any frame is the end of a connection", () => {
    play([
      ...joined,
      [29_999, tick, []],
      [30_000, tick, [send("ping")]],
      [30_001, text("pong"), []],
      [60_000, tick, [send("ping")]],
      [90_000, tick, [send("ping")]],
      [130_000, tick, [send("ping")]],
      [130_001, tick, [drop, note("Connection lost (no sign of life); coming back.")]],
      [130_500, tick, []],
      [130_501, tick, [connect(`after=${EPOCH}-0`)]],
    ]);
  });

  test("the delay doubles, one line is enough, and only a stable connection starts it anew", () => {
    play([
      ...joined,
      [10_000, close(1006), [drop, lostBy1006]],
      [10_499, tick, []],
      [10_500, tick, [connect(`after=${EPOCH}-0`)]],
      [10_500, close(1006), [drop]],
      [11_499, tick, []],
      [11_500, tick, [connect(`after=${EPOCH}-0`)]],
      [11_600, welcome(), [note("Connected again.")]],
      [21_599, close(1006), [drop, lostBy1006]],
      [23_598, tick, []],
      [23_599, tick, [connect(`after=${EPOCH}-0`)]],
    ]);
  });

  test("a first connection that fails is said once; what is heard of an old one is ignored", () => {
    play([
      [0, tick, [connect("rewind=10")]],
      [14_999, tick, []],
      [15_000, tick, [drop, note("No connection yet (no answer); trying again.")]],
      [15_001, close(1006), []],
      [15_001, welcome(), []],
      [15_500, tick, [connect("rewind=10")]],
      [15_501, close(1006), [drop]],
      [16_501, tick, [connect("rewind=10")]],
      [16_502, welcome(), [note("You are alice in room:lobby. Here: alice.")]],
    ]);
  });

  test.each(["{", "[]", '{"type":"messages"}'])(
    "nonsense from the service is the end of a connection: %s",
    (nonsense) => {
      const { link } = play([...joined]);
      expect(link.is).toBe("open");
      const reason = /^Connection lost \(.*\); coming back\.$/;
      play([...joined, [1, text(nonsense), [drop, note(expect.stringMatching(reason))]]]);
    },
  );

  test.each([1000, 1001, 1005, 1006, 1011, 1012, 1013, 4408, 4429, 4503, 4999])("comes back after %i", (code) => {
    play([
      ...joined,
      [1, close(code), [drop, note(`Connection lost (code ${code}); coming back.`)]],
      [501, tick, [connect(`after=${EPOCH}-0`)]],
    ]);
  });

  test.each([1009, 4400, 4403, 4410, 4499])("does not come back after %i", (code) => {
    play([
      ...joined,
      [1, close(code, "why"), [drop, wrong(`The service has closed the connection for good (${code} why).`), exit(1)]],
      [60_000, tick, []],
    ]);
  });
});

describe("a token that is not accepted", () => {
  test("is replaced by a fresh one, a second later, until the secret must be wrong", () => {
    play([
      ...joined,
      [1, close(4401), [drop, note("Connection lost (code 4401); coming back.")]],
      [1000, tick, []],
      [1001, tick, [connect(`after=${EPOCH}-0`)]],
      [1002, close(4401), [drop]],
      [2002, tick, [connect(`after=${EPOCH}-0`)]],
      [2003, close(4401), [drop, wrong(expect.stringMatching(/signed with this AUTH_SECRET/)), exit(1)]],
    ]);
  });

  test("counts anew after a welcome", () => {
    const again: Row[] = [
      [2000, close(4401), [drop, note("Connection lost (code 4401); coming back.")]],
      [60_000, tick, [connect(`after=${EPOCH}-0`)]],
      [60_001, welcome(), [note("Connected again.")]],
    ];
    play([...joined, ...again, ...again.map(later(60_000)), ...again.map(later(120_000))]);
  });

  test("is the end, if it was given and not signed here", () => {
    play([...joined, [1, close(4401), [drop, wrong("The service does not accept the token (code 4401)."), exit(1)]]], {
      canRenewToken: false,
    });
  });
});

describe("gaps", () => {
  test("are told, and what follows counts from there", () => {
    play([
      ...joined,
      [1, messages(1, 2), [said("bob: 1"), said("bob: 2")]],
      [2, close(1006), [drop, lostBy1006]],
      [502, tick, [connect(`after=${EPOCH}-2`)]],
      [503, welcome({ cursor: "newepoch-2", resume: "gap" }), [note("Connected again.")]],
      [
        504,
        gap({ after: `${EPOCH}-2`, oldest: "newepoch-1", reason: "epoch" }),
        [note("The log of this channel was cleared.")],
      ],
      [505, messages(1, 2), [said("bob: 1"), said("bob: 2")]],
    ]);
  });

  test("a log that is cleared while it is read: the gap names its new epoch, and it resumes there", () => {
    play([
      ...joined,
      [1, messages(1, 2), [said("bob: 1"), said("bob: 2")]],
      [
        2,
        gap({ after: `${EPOCH}-2`, oldest: null, reason: "epoch", cursor: "newepoch-0" }),
        [note("The log of this channel was cleared.")],
      ],
      [3, messages(1), [said("bob: 1")]],
      [5, close(1006), [drop, lostBy1006]],
      [505, tick, [connect("after=newepoch-1")]],
    ]);
  });

  test.each<["expired" | "ahead", string]>([
    ["expired", "Some messages are missing here: they are no longer kept."],
    ["ahead", "The log of this channel went back to an earlier state."],
  ])("%s", (reason, words) => {
    play([...joined, [1, gap({ after: `${EPOCH}-0`, oldest: `${EPOCH}-5`, reason }), [note(words)]]]);
  });
});

describe("leaving", () => {
  test("says so, and is gone when the service closes", () => {
    play([...joined, [1, quit, [leave]], [2, messages(1), [said("bob: 1")]], [3, close(1000), [drop, exit(0)]]]);
  });

  test("does not wait for an answer for long, nor for a second Ctrl-C", () => {
    play([...joined, [1, quit, [leave]], [2000, tick, []], [2001, tick, [drop, exit(0)]], [2002, tick, []]]);
    play([...joined, [1, quit, [leave]], [2, quit, [drop, exit(0)]], [3, quit, []]]);
  });

  test("without a connection it is gone at once, and says what was not confirmed", () => {
    play([[0, quit, [drop, exit(0)]]]);
    play([
      [0, line("hello", "a"), []],
      [0, quit, [drop, note("Left; 1 line is not confirmed."), exit(1)]],
    ]);
  });

  test("at the end of the input waits for acknowledgements and for its own messages", () => {
    play([
      ...joined,
      [1, line("hello", "a"), [publish("hello", "a")]],
      [2, endOfInput, []],
      [3, ack("a", { seq: 1, cursor: `${EPOCH}-1` }), []],
      [4, messages(1), [said("bob: 1"), leave]],
      [5, close(1000), [drop, exit(0)]],
    ]);
  });

  test("at the end of an empty input waits for the past that was asked for, but not for ever", () => {
    const start: Row[] = [
      [0, endOfInput, []],
      [0, tick, [connect("rewind=10")]],
      [1, welcome({ cursor: `${EPOCH}-2`, resume: "replay" }), [note("You are alice in room:lobby. Here: alice.")]],
      [2, messages(1), [said("bob: 1")]],
    ];
    play([...start, [3, messages(2), [said("bob: 2"), leave]]]);
    play([...start, [5001, tick, []], [5002, tick, [leave]]]);
  });

  test("piped input is given up when the service cannot be reached", () => {
    const rows: Row[] = [
      [0, line("hello", "a"), []],
      [0, endOfInput, []],
    ];
    for (let failure = 1; failure <= 8; failure++) {
      const now = failure * 100_000;
      const ending = wrong("The service cannot be reached (code 1006); 1 line is not confirmed.");
      const first = note("No connection yet (code 1006); trying again.");
      rows.push([now, tick, [connect("rewind=10")]]);
      rows.push([now, close(1006), failure === 8 ? [drop, ending, exit(1)] : failure === 1 ? [drop, first] : [drop]]);
    }
    play(rows);
  });
});

function later(ms: number): (row: Row) => Row {
  return ([at, happening, actions]) => [at + ms, happening, actions];
}
