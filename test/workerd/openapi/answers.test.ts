import { describe, expect, test } from "vitest";
import { app } from "../../../src/http/app.ts";
import { env } from "../support/service.ts";
import { ask, channelFor, prepared } from "./ask.ts";
import { answersOf, bodyOf, judge, OPERATIONS } from "./described.ts";
import { REFUSALS } from "./refusals.ts";

Object.assign(env, { LOG_LEVEL: "off" }); // most of this is refused

test("HTTP-7 every route that is registered is in the document, and no other", () => {
  const registered = app.routes
    .filter(({ method, path }) => method !== "ALL" && path !== "/*")
    .map(({ method, path }) => `${method} ${path.replace(":id", "{id}")}`);
  expect(OPERATIONS.length).toBeGreaterThan(25);
  expect(OPERATIONS.map(({ method, path }) => `${method} ${path}`).sort()).toEqual(registered.sort());
});

describe("HTTP-7 every documented answer is given, and is as documented", () => {
  test.each(OPERATIONS.map((operation) => [operation.operationId, operation] as const))(
    "%s",
    async (_id, operation) => {
      const channel = channelFor(operation);
      const good = await prepared(operation, channel);
      const seen = new Map<string, string[]>();
      const see = async (answer: ReturnType<typeof ask>) => {
        const { is, faults } = judge(operation, await answer);
        seen.set(is, [...(seen.get(is) ?? []), ...faults]);
      };
      const examples = bodyOf(operation)?.examples ?? [undefined];
      // Each a second time: what was published before is answered otherwise.
      for (const body of [...examples, ...examples]) await see(ask(operation, { ...good, body }));
      const codes = answersOf(operation).flatMap((answer) => answer.split(" ")[1] ?? []);
      for (const code of codes) {
        const refused = REFUSALS[code];
        if (refused === undefined) throw new Error(`no test knows how to be refused as ${code}`);
        await see(refused({ operation, channel, good }));
      }
      const expected = answersOf(operation).map((answer) => [answer, []] as const);
      expect(Object.fromEntries(seen)).toEqual(Object.fromEntries(expected));
    },
  );
});
