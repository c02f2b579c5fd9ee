import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ConnectionState, due, lost, START, welcomed } from "../../../src/client/machine.ts";
import { holds } from "../../support/property.ts";

const NOW = 1_000_000;
const connecting = (tries = 0) => ({ name: "connecting", tries }) as const;
const connected = (held: number, tries = 0) =>
  ({ name: "connected", tries, since: NOW - held, transport: "websocket" }) as const;
const waiting = { name: "waiting", tries: 2, retryAt: NOW + 5, code: 1006, reason: "" } as const;
const closed = { name: "closed", code: 4403, reason: "forbidden" } as const;
type OpenState = Parameters<typeof lost>[0];

test("it begins by dialling", () => {
  expect(START).toEqual(connecting());
});

test.each<[string, ConnectionState, ConnectionState]>([
  ["what waits dials", waiting, connecting(2)],
  ["a dial is not disturbed", connecting(1), connecting(1)],
  ["a connection is not disturbed", connected(9), connected(9)],
  ["what is closed stays closed", closed, closed],
])("due, or awake: %s", (_, state, after) => {
  expect(due(state)).toEqual(after);
  if (state.name !== "waiting") expect(due(state)).toBe(state);
});

test("a welcome connects; a second one changes nothing, one over another transport only that", () => {
  const first = welcomed(connecting(3), "websocket", NOW);
  expect(first).toEqual(connected(0, 3));
  expect(welcomed(first as OpenState, "websocket", NOW + 9)).toBe(first);
  expect(welcomed(first as OpenState, "sse", NOW + 9)).toEqual({ ...first, transport: "sse" });
});

/** state, code and what else is known of the loss, next state; half of what may be random is. */
const LOSSES: readonly [string, OpenState, number, { retryAfter?: number; isLastToken?: true }, object][] = [
  ["C1 once: up to 0.5 s", connecting(), 1006, {}, { name: "waiting", tries: 1, retryAt: NOW + 250 }],
  ["C1 twice: up to 1 s", connecting(1), 1006, {}, { tries: 2, retryAt: NOW + 500 }],
  ["C1 and at most 20 s", connecting(40), 1006, {}, { tries: 41, retryAt: NOW + 10_000 }],
  ["C1 10 s are stable", connected(10_000, 7), 1006, {}, { tries: 1, retryAt: NOW + 250 }],
  ["C1 less are not", connected(9_999, 7), 1006, {}, { tries: 8, retryAt: NOW + 10_000 }],
  ["C1 what the service asks for comes on top", connecting(), 4429, { retryAfter: 3000 }, { retryAt: NOW + 3250 }],
  ["C1 but not for ever", connecting(), 4503, { retryAfter: 1e15 }, { retryAt: NOW + 300_250 }],
  ["C2 final", connected(5), 4403, {}, { name: "closed", code: 4403, reason: "why" }],
  ["C2 a refused token: with another", connected(5), 4401, {}, { name: "waiting", retryAt: NOW + 250 }],
  ["C2 there is none", connected(5), 4401, { isLastToken: true }, { name: "closed", code: 4401 }],
];

test.each(LOSSES)("lost: %s", (_, state, code, { retryAfter, isLastToken = false }, after) => {
  expect(lost(state, { code, reason: "why", retryAfter }, !isLastToken, NOW, 0.5)).toMatchObject(after);
});

describe("properties", () => {
  test("C1 whatever a connection goes through, every wait is within 20 s; C2 only what is final closes", () => {
    const life = fc.array(
      fc.record({
        code: fc.integer({ min: 1000, max: 4999 }),
        isWelcome: fc.boolean(),
        passed: fc.integer({ min: 0, max: 30_000 }),
        random: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
    );
    holds(
      fc.property(life, (losses) => {
        let state = START;
        let now = NOW;
        for (const { code, isWelcome, passed, random } of losses) {
          if (isWelcome) state = welcomed(state as OpenState, "websocket", now);
          now += passed;
          state = lost(state as OpenState, { code, reason: "" }, true, now, random);
          if (state.name === "closed") {
            expect(code === 1009 || (code >= 4400 && code <= 4499)).toBe(true);
            return;
          }
          expect(state.name).toBe("waiting");
          if (state.name === "waiting") {
            expect(state.retryAt - now).toBeGreaterThanOrEqual(0);
            expect(state.retryAt - now).toBeLessThanOrEqual(20_000);
          }
          now = Math.max(now, (state as typeof waiting).retryAt);
          state = due(state);
          expect(state.name).toBe("connecting");
        }
      }),
    );
  });
});
