import type { Call } from "./calls.ts";

type Weather = (call: Call) => Promise<unknown>;

/** What becomes of a call between two objects. */
export const WEATHER: [string, Weather][] = [
  [
    "does not arrive",
    async () => {
      throw new Error("made by a test: lost");
    },
  ],
  [
    "loses its answer",
    async ({ proceed }) => {
      await proceed();
      throw new Error("made by a test: the answer is lost");
    },
  ],
  [
    "arrives twice",
    async ({ proceed }) => {
      await proceed();
      return proceed();
    },
  ],
  [
    "arrives again late, after others",
    async ({ proceed }) => {
      setTimeout(() => void proceed().catch(() => undefined), 30);
      return proceed();
    },
  ],
  [
    "is given up and arrives late",
    async ({ proceed }) => {
      setTimeout(() => void proceed().catch(() => undefined), 20);
      throw new Error("made by a test: late");
    },
  ],
];

/** The first of the calls fares so, and each second one after it; the others go through. */
export function everySecond(weather: Weather): Weather {
  let calls = 0;
  return (call) => (++calls % 2 === 1 ? weather(call) : call.proceed());
}
