import { expect, test } from "vitest";
import { Refusal } from "../../../src/http/problem.ts";
import { type Code, failure } from "../../../src/protocol/codes.ts";
import { formatPlace, type RelayPlace, type RelayPlan } from "../../../src/protocol/relay.ts";
import { findHolder } from "../../../src/transport/holder.ts";
import { Plans } from "../../../src/transport/plans.ts";

/** A room and its relays, and what they were asked. */
class World {
  /** What the room answers one after the other; at the end the last again and again. */
  answers: (RelayPlan | "held" | Code)[] = ["held"];
  itself: Code | null = null;
  /** Those that do not take it, and why. */
  readonly refusing = new Map<string, Code>();
  readonly asked: string[] = [];
  readonly plans = new Plans();
  now = 0;

  connect(user = "alice", region: RelayPlace["region"] = "weur"): Promise<string> {
    const heard = (avoid: readonly RelayPlace[]) =>
      avoid.length === 0 ? "" : ` not ${avoid.map(formatPlace).join(" ")}`;
    return findHolder<string>(
      { room: "lobby", user, region },
      {
        room: async (avoid) => {
          this.asked.push(`room${heard(avoid)}`);
          const answer = this.answers.length > 1 ? this.answers.shift() : this.answers[0];
          if (answer === "held") return { held: "room" };
          if (typeof answer === "string") throw new Refusal(failure(answer, ""));
          return { plan: answer as RelayPlan };
        },
        roomItself: async (avoid) => {
          this.asked.push(`room itself${heard(avoid)}`);
          if (this.itself !== null) throw new Refusal(failure(this.itself, ""));
          return "room itself";
        },
        relay: async (place) => {
          const name = formatPlace(place);
          this.asked.push(name);
          const code = this.refusing.get(name);
          if (code !== undefined) throw new Refusal(failure(code, ""));
          return name;
        },
      },
      this.plans,
      () => this.now,
    );
  }

  refuse(code: Code, ...names: string[]): void {
    for (const name of names) this.refusing.set(name, code);
  }
}

const world = (changes: Partial<World> = {}) => Object.assign(new World(), changes);

test("ROUTE-1 a room that takes it holds it, and is asked again for the next", async () => {
  const all = world();
  expect([await all.connect(), await all.connect()]).toEqual(["room", "room"]);
  expect(all.asked).toEqual(["room", "room"]);
});

test("ROUTE-1 above the threshold a relay near the client holds it; the room is asked once, not for each", async () => {
  const all = world({ answers: [{ weur: [0, 1], oc: [3] }] });
  const held = [];
  for (let n = 0; n < 50; n++) held.push(await all.connect(`user-${n}`));
  expect(new Set(held)).toEqual(new Set(["weur.0", "weur.1"]));
  expect(await all.connect("alice", "oc")).toBe("oc.3");
  expect(await all.connect("alice", "afr")).toBe("afr.0");
  expect(all.asked.filter((who) => who === "room")).toHaveLength(1);
});

test("ROUTE-1 a user's connections come to the same relay", async () => {
  const all = world({ answers: [{ weur: [0, 1, 2, 3, 4, 5, 6, 7] }] });
  const held = [];
  for (let n = 0; n < 8; n++) held.push(await all.connect());
  expect(new Set(held).size).toBe(1);
});

test("ROUTE-1 after 30 s the room is asked again, and may hold it itself", async () => {
  const all = world({ answers: [{ weur: [0] }, "held"] });
  expect(await all.connect()).toBe("weur.0");
  all.now = 29_999;
  expect(await all.connect()).toBe("weur.0");
  all.now = 30_000;
  expect([await all.connect(), await all.connect()]).toEqual(["room", "room"]);
});

test("ROUTE-1 a relay that is full is passed over", async () => {
  const all = world({ answers: [{ weur: [0, 1] }] });
  const first = await all.connect();
  const other = first === "weur.0" ? "weur.1" : "weur.0";
  all.refuse("overloaded", first);
  expect(await all.connect()).toBe(other);
  expect(all.asked).toEqual(["room", first, first, other]);
});

test("ROUTE-1 if none takes it the room hears which, and those of its new plan are tried", async () => {
  const all = world({ answers: [{ weur: [0] }, { weur: [1] }] });
  all.refuse("overloaded", "weur.0");
  expect(await all.connect()).toBe("weur.1");
  expect(all.asked).toEqual(["room", "weur.0", "room not weur.0", "weur.1"]);
  // And whoever comes next goes there at once.
  expect(await all.connect("bob")).toBe("weur.1");
  expect(all.asked).toHaveLength(5);
});

test("ROUTE-1 if nobody does the room holds it whatever its plan is, and no relay is asked twice", async () => {
  const all = world({ answers: [{ weur: [0] }] });
  all.refuse("overloaded", "weur.0");
  expect(await all.connect()).toBe("room itself");
  expect(all.asked).toEqual(["room", "weur.0", "room not weur.0", "room itself not weur.0"]);
});

test("ROUTE-1 of many relays that are full only some are asked", async () => {
  const shards = Array.from({ length: 20 }, (_, shard) => shard);
  const all = world({ answers: [{ weur: shards }] });
  all.refuse("overloaded", ...shards.map((shard) => `weur.${shard}`));
  expect(await all.connect()).toBe("room itself");
  expect(all.asked.filter((who) => who.startsWith("weur."))).toHaveLength(4);
});

test("ROUTE-1 a plan in which a region has no places is no way around the room", async () => {
  const all = world({ answers: [{ weur: [] }] });
  expect(await all.connect()).toBe("room itself");
});

test.each<Code>(["unauthenticated", "forbidden", "rate_limited", "gone", "bad_cursor"])(
  "ROUTE-1 a relay's %s is the answer: nobody else is asked",
  async (code) => {
    const all = world({ answers: [{ weur: [0, 1] }] });
    all.refuse(code, "weur.0", "weur.1");
    await expect(all.connect()).rejects.toMatchObject({ failure: { code } });
    expect(all.asked).toHaveLength(2);
  },
);

test("ROUTE-1 what the room itself refuses is refused", async () => {
  await expect(world({ answers: ["forbidden"] }).connect()).rejects.toMatchObject({ failure: { code: "forbidden" } });
  await expect(world({ answers: ["overloaded"] }).connect()).rejects.toMatchObject({ failure: { code: "overloaded" } });
  const all = world({ answers: [{ weur: [] }], itself: "overloaded" });
  await expect(all.connect()).rejects.toMatchObject({ failure: { code: "overloaded" } });
});

test("ROUTE-1 a fault that is no refusal is not taken for one", async () => {
  const all = world({ answers: [{ weur: [0] }] });
  all.refusing.get = () => {
    throw new TypeError("a bug");
  };
  await expect(all.connect()).rejects.toThrow("a bug");
});

test("ROUTE-1 while a plan that is old is asked for, others go by it", async () => {
  const all = world({ answers: [{ weur: [0] }] });
  await all.connect();
  all.now = 31_000;
  expect(await Promise.all([all.connect(), all.connect("bob"), all.connect("carol")])).toEqual(Array(3).fill("weur.0"));
  expect(all.asked.filter((who) => who === "room")).toHaveLength(2);
});
