import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ConnectionEvent, type ConnectionState, next, START } from "../../../src/client/machine.ts";
import { holds } from "../../support/property.ts";

const NOW = 1_000_000;
const connecting = (tries = 0): ConnectionState => ({ name: "connecting", tries });
const connected = (held: number, tries = 0): ConnectionState => ({
  ...{ name: "connected", tries, since: NOW - held, transport: "websocket" },
});
const waiting: ConnectionState = { name: "waiting", tries: 2, retryAt: NOW + 5, code: 1006, reason: "" };
const closed: ConnectionState = { name: "closed", code: 4403, reason: "forbidden" };
const lost = (code: number, more: object = {}): ConnectionEvent => ({ type: "lost", code, reason: "why", ...more });
const welcome: ConnectionEvent = { type: "welcome", transport: "websocket" };

test("it begins by dialling", () => {
  expect(START).toEqual({ state: connecting(), action: { do: "dial" } });
});

/** state, event, next state, action; half of what may be random is. */
const STEPS: readonly [string, ConnectionState, ConnectionEvent, Partial<ConnectionState>, unknown][] = [
  ["a welcome connects", connecting(3), welcome, { name: "connected", tries: 3, since: NOW }, null],
  ["a second one changes nothing", connected(5), welcome, connected(5), null],
  [
    ...(["one over another transport only that", connected(5), { type: "welcome", transport: "sse" }] as const),
    ...([{ name: "connected", since: NOW - 5, transport: "sse" }, null] as const),
  ],
  ["one while it waits is none", waiting, welcome, waiting, null],
  ["wake and due dial", waiting, { type: "wake" }, connecting(2), { do: "dial" }],
  ["due dials", waiting, { type: "due" }, connecting(2), { do: "dial" }],
  ["wake disturbs no dial", connecting(1), { type: "wake" }, connecting(1), null],
  ["wake disturbs no connection", connected(9), { type: "wake" }, connected(9), null],
  ["C1 lost once: up to 0.5 s", connecting(), lost(1006), { name: "waiting", tries: 1, retryAt: NOW + 250 }, wait(250)],
  ["C1 lost twice: up to 1 s", connecting(1), lost(1006), { tries: 2, retryAt: NOW + 500 }, wait(500)],
  ["C1 and at most 20 s", connecting(40), lost(1006), { tries: 41, retryAt: NOW + 10_000 }, wait(10_000)],
  ["C1 10 s are stable", connected(10_000, 7), lost(1006), { tries: 1 }, wait(250)],
  ["C1 less are not", connected(9_999, 7), lost(1006), { tries: 8 }, wait(10_000)],
  ["C1 what the service asks for comes on top", connecting(), lost(4429, { retryAfter: 3000 }), {}, wait(3250)],
  ["C1 but not for ever", connecting(), lost(4503, { retryAfter: 1e15 }), {}, wait(300_250)],
  ["C1 nor for less than nothing", connecting(), lost(4503, { retryAfter: -1e15 }), {}, wait(250)],
  ["C2 final", connected(5), lost(4403), { name: "closed", code: 4403, reason: "why" }, null],
  ["C2 a refused token: with another", connected(5), lost(4401), { name: "waiting" }, wait(250)],
  ["C2 there is none", connected(5), lost(4401, { isLastToken: true }), { name: "closed", code: 4401 }, null],
  ["lost while it waits is late", waiting, lost(4403), waiting, null],
  ["close", waiting, { type: "close" }, { name: "closed", code: 1000 }, null],
];

function wait(ms: number): object {
  return { do: "wait", ms };
}

test.each(STEPS)("%s", (_, state, event, after, action) => {
  const step = next(state, event, NOW, 0.5);
  expect(step.state).toMatchObject(after);
  expect(step.action).toEqual(action);
});

describe("properties", () => {
  const event = fc.oneof(
    fc.constantFrom<ConnectionEvent>(welcome, { type: "due" }, { type: "wake" }),
    fc.integer({ min: 1000, max: 4999 }).map((code) => lost(code)),
  );

  test("C2 what is closed stays closed, the same value", () => {
    holds(fc.property(event, (each) => next(closed, each, NOW, 0.5).state === closed));
  });

  test("C1 every wait is within 20 s, and dials come one at a time", () => {
    const life = fc.array(
      fc.tuple(event, fc.integer({ min: 0, max: 30_000 }), fc.double({ min: 0, max: 1, noNaN: true })),
    );
    holds(
      fc.property(life, (events) => {
        let { state } = START;
        let now = NOW;
        for (const [each, passed, random] of events) {
          now += passed;
          const step = next(state, each, now, random);
          if (step.action?.do === "dial") expect([state.name, step.state.name]).toEqual(["waiting", "connecting"]);
          if (step.action?.do === "wait") {
            expect(step.state.name).toBe("waiting");
            expect(step.action.ms).toBeLessThanOrEqual(20_000);
          }
          state = step.state;
        }
      }),
    );
  });
});
