import fc from "fast-check";
import { expect, test } from "vitest";
import { Graces } from "../../../src/core/graces.ts";
import { holds } from "../../support/property.ts";

test("PRESENCE-6 who is in a grace, and whose began first, whoever came back", () => {
  const steps = fc.array(fc.tuple(fc.nat(8), fc.option(fc.nat(20)), fc.nat(20)), { maxLength: 60 });
  holds(
    fc.property(steps, (all) => {
      const graces = new Graces();
      const model = new Map<string, number>();
      for (const [user, since, time] of all) {
        graces.set(`u${user}`, since);
        if (since === null) model.delete(`u${user}`);
        else model.set(`u${user}`, since);
        expect(graces.first).toBe(model.size === 0 ? null : Math.min(...model.values()));
        const over = [...model].filter(([, began]) => began <= time).map(([name]) => name);
        expect([...graces.begunBy(time)].sort()).toEqual(over.sort());
      }
    }),
  );
});

test("those who are let go of while they are listed are listed once", () => {
  const graces = new Graces();
  for (const user of ["a", "b", "c"]) graces.set(user, 1);
  const seen: string[] = [];
  for (const user of graces.begunBy(1)) {
    seen.push(user);
    graces.set(user, null);
  }
  expect([seen, graces.first]).toEqual([["a", "b", "c"], null]);
});
