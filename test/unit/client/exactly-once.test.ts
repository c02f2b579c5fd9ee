import fc from "fast-check";
import { expect, test } from "vitest";
import type { EdgewireOptions, UserChannel } from "../../../src/client/index.ts";
import type { Blocked } from "../../support/fake-service.ts";
import { holdsAsync } from "../../support/property.ts";
import { outcomeOf, SdkWorld, toldBy } from "../../support/sdk.ts";

/** What may happen to a client, its network and the service. */
type Step =
  | { readonly do: "publish" | "hear"; readonly times: number; readonly room: number }
  /** The service is in doubt about one room's subscription. */
  | { readonly do: "unsubscribe"; readonly room: number }
  /** The inbox is opened, or left. */
  | { readonly do: "inbox" }
  | { readonly do: "pass"; readonly ms: number }
  | { readonly do: "cut"; readonly isHeard: boolean }
  | { readonly do: "block"; readonly transports: readonly Blocked[] }
  | { readonly do: "down" | "overload" | "no tokens"; readonly is: boolean }
  | { readonly do: "wake" | "expire" };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      ...{ do: fc.constantFrom("publish", "hear"), times: fc.integer({ min: 1, max: 9 }), room: fc.nat({ max: 2 }) },
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant("pass"), ms: fc.constantFrom(1, 7, 13, 100, 1000, 9000, 70_000) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("cut"), isHeard: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("block"), transports: fc.subarray<Blocked>(["websocket", "sse", "poll"]) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("down", "overload", "no tokens"), is: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("wake", "expire", "inbox") }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("unsubscribe"), room: fc.nat({ max: 2 }) }) },
) as fc.Arbitrary<Step>;

const life = fc.record({
  steps: fc.array(step, { maxLength: 40 }),
  latency: fc.constantFrom(0, 5, 80),
  random: fc.double({ min: 0.05, max: 1, noNaN: true }),
  tokenLife: fc.constantFrom(20_000, 100_000, 3_600_000),
  rewindsFrom: fc.constantFrom("start", "now"),
});

type Life = typeof life extends fc.Arbitrary<infer Value> ? Value : never;

test("C3, C5 whatever happens: every message once and in order, every publish settled once, and a close is the end", async () => {
  await holdsAsync(
    fc.asyncProperty(life, (each) => live(each, ["lobby"], {})),
    150,
  );
}, 120_000);

test("C3, C5 the same of rooms that share a connection", async () => {
  await holdsAsync(
    fc.asyncProperty(life, fc.constantFrom(200, 2), (each, most) =>
      live(each, ["lobby", "a", "b"], { multiplex: true }, most),
    ),
    150,
  );
}, 120_000);

async function live(
  { steps, latency, random, tokenLife, rewindsFrom }: Life,
  names: readonly string[],
  options: Partial<EdgewireOptions>,
  most = 0,
): Promise<void> {
  const world = new SdkWorld();
  const { clock, service } = world;
  Object.assign(service, { latency, most });
  world.tokenLife = tokenLife;
  const wire = world.wire({ ...options, random: () => random });
  const after = rewindsFrom === "start" ? { after: service.log.cursor(0) } : {};
  const all = names.map((name) => {
    const channel = `room:${name}`;
    service.publish("bob", "before", channel);
    const room = wire.room(name, after);
    return { channel, room, told: toldBy(room), outcomes: [] as ReturnType<typeof outcomeOf>[] };
  });
  const roomOf = (n: number) => all[n % all.length] as (typeof all)[number];
  let inbox: UserChannel | null = null;
  const take = (each: Step) => {
    switch (each.do) {
      case "publish":
        for (let n = 0; n < each.times; n++) {
          const { room, outcomes } = roomOf(each.room);
          outcomes.push(outcomeOf(room.publish({ mine: outcomes.length })));
        }
        return;
      case "hear":
        for (let n = 0; n < each.times; n++) service.publish("bob", "theirs", roomOf(each.room).channel);
        return;
      case "unsubscribe":
        return service.unsubscribe(roomOf(each.room).channel, 4503, "overloaded");
      case "inbox":
        inbox?.leave();
        inbox = inbox ? null : wire.user();
        return;
      case "cut":
        return service.cut(each.isHeard);
      case "block":
        service.blocked.clear();
        for (const transport of each.transports) service.blocked.add(transport);
        return;
      case "down":
        service.isDown = each.is;
        return each.is ? service.cut() : undefined;
      case "overload":
        service.isOverloaded = each.is;
        return;
      case "no tokens":
        world.isTokenServerDown = each.is;
        return;
      case "wake":
        return world.wake();
      case "expire":
        return service.expire();
    }
  };
  for (const each of steps) {
    if (each.do === "pass") await clock.advance(each.ms);
    else take(each);
  }

  // Everything is well again: then everything arrives.
  service.isDown = service.isOverloaded = world.isTokenServerDown = false;
  service.blocked.clear();
  await clock.advance(90_000);
  for (const { channel } of all) service.publish("bob", "last", channel);
  await clock.advance(30_000);

  for (const { channel, room, told, outcomes } of all) {
    const log = service.logOf(channel);
    expect(room.state.name).toBe("connected");
    expect(outcomes.filter(({ settled }) => settled !== 1)).toEqual([]);
    const { messages } = log;
    expect(told.gaps).toBe(0);
    // Who began with no cursor begins with the first welcome; from there on nothing is left out.
    const first = rewindsFrom === "start" ? 1 : (told.seqs[0] as number);
    expect(told.seqs).toEqual(messages.map(({ seq }) => seq).slice(first - 1));
    const mine = messages.filter(({ user }) => user === "alice").map(({ data }) => (data as { mine: number }).mine);
    expect(mine).toEqual(outcomes.map((_, n) => n));
    expect(room.cursor).toBe(log.head);
  }

  wire.close();
  const calls = all.map(({ told }) => told.calls);
  await clock.advance(1000);
  for (const { channel } of all) service.publish("bob", "after", channel);
  await clock.advance(100_000);
  expect(clock.size).toBe(0);
  expect(all.map(({ told }) => told.calls)).toEqual(calls);
}
