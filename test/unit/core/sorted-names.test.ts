import fc from "fast-check";
import { expect, test } from "vitest";
import { SortedNames } from "../../../src/core/sorted-names.ts";
import { holds } from "../../support/property.ts";

const name = fc.string({ maxLength: 3 });

test("PRESENCE-3 a page of names is what sorting all of them would give", () => {
  const steps = fc.array(fc.tuple(name, fc.boolean(), name, fc.nat(5)), { maxLength: 50 });
  holds(
    fc.property(fc.uniqueArray(name), steps, (first, all) => {
      const model = new Set(first);
      const names = new SortedNames(first);
      for (const [each, isLeaving, after, limit] of all) {
        if (isLeaving) names.remove(each);
        else if (!model.has(each)) names.add(each);
        if (isLeaving) model.delete(each);
        else model.add(each);
        const following = [...model].sort().filter((other) => other > after);
        expect(names.after(after, limit)).toEqual({ names: following.slice(0, limit), more: following.length > limit });
      }
    }),
  );
});
