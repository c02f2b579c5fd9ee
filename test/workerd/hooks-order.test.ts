import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type HookMessage, type Hooks, hooks } from "../../src/hooks.ts";
import { connect, type Frame } from "./support/client.ts";
import { Room } from "./support/room.ts";

beforeEach(() => {
  vi.spyOn(console, "error").mockImplementation(() => undefined); // a line for each hook that failed
});
afterEach(() => {
  vi.restoreAllMocks();
  delete hooks.beforePublish;
});

/** What the application does with one message: how, and after how many ms (-1: at once, without a promise). */
interface Plan {
  readonly deed: "pass" | "change" | "refuse" | "throw";
  readonly delay: number;
}

const plan = fc.record<Plan>({
  deed: fc.constantFrom("pass", "pass", "change", "refuse", "throw"),
  delay: fc.constantFrom(-1, -1, 0, 1, 3),
});
/** What each connection sends, without waiting for an answer; `null`: a question, whose answer must come in its turn. */
const scripts = fc.array(fc.array(fc.option(plan, { freq: 6 }), { minLength: 1, maxLength: 25 }), {
  minLength: 1,
  maxLength: 4,
});

const isPlan = (data: unknown): data is Plan => typeof data === "object" && data !== null && "deed" in data;

function obey(message: HookMessage): HookMessage | { refuse: string } {
  const { deed } = isPlan(message.data) ? message.data : { deed: "pass" };
  if (deed === "throw") throw new Error("made by a test");
  if (deed === "refuse") return { refuse: "No." };
  return deed === "change" ? { event: "changed", data: message.data } : message;
}

const EXPECTED = { pass: "ack", change: "ack", refuse: "forbidden", throw: "internal" };

test("HOOK-2 MSG-4: whatever an async hook does and however long it takes, each connection keeps its order", async () => {
  hooks.beforePublish = (message) => {
    const { delay } = isPlan(message.data) ? message.data : { delay: -1 };
    if (delay < 0) return obey(message);
    return new Promise((resolve) => setTimeout(resolve, delay)).then(() => obey(message));
  };
  await fc.assert(
    fc.asyncProperty(scripts, async (all) => {
      const room = new Room("order");
      const clients = await Promise.all(all.map((_, index) => connect(room, { user: `user-${index}` })));
      const answered = await Promise.all(
        clients.map((client, index) => client.pipeline((all[index] as (Plan | null)[]).map(frameOf))),
      );
      for (const [index, script] of all.entries()) {
        const kinds = (answered[index] as Frame[]).map(({ type, code }) => code ?? type);
        expect(kinds).toEqual(script.map((each) => (each === null ? "ack" : EXPECTED[each.deed])));
        // Answers to questions, and errors, may overtake acks, which wait for the flush; acks never overtake each other.
        const seqs = (answered[index] as Frame[]).flatMap(({ seq }) => (seq === undefined ? [] : [seq]));
        expect(seqs).toEqual(seqs.toSorted((a, b) => a - b));
      }
      const { messages } = (await room.call("GET", "messages", { query: { limit: 1000 } })).body;
      expect(messages.map(({ seq }: Frame) => seq)).toEqual(messages.map((_: unknown, index: number) => index + 1));
      for (const [index, script] of all.entries()) {
        const stored = messages.filter(({ user }: Frame) => user === `user-${index}`);
        const taken = script.flatMap((each, n) => (each && EXPECTED[each.deed] === "ack" ? [[n, each]] : []));
        expect(stored.map(({ data }: Frame) => data.n)).toEqual(taken.map(([n]) => n));
        for (const { event, data } of stored) expect(event).toBe(data.deed === "change" ? "changed" : "message");
      }
    }),
    { seed: 20_261_122, numRuns: 40 },
  );
}, 30_000);

function frameOf(each: Plan | null, n: number): Frame {
  return each === null ? { type: "members", limit: 0 } : { type: "publish", event: "message", data: { ...each, n } };
}

const late: Hooks["beforePublish"] = async (message) => {
  await new Promise((resolve) => setTimeout(resolve, 20));
  return message;
};

test.each([
  ["with an async hook", late],
  ["without a hook", undefined],
])(
  "FRAME-1 HOOK-2 MSG-4: %s, what a connection sends after a message comes after it, and both are answered",
  async (_how, hook) => {
    if (hook !== undefined) hooks.beforePublish = hook;
    const room = new Room("held");
    const [bob, ann] = [await connect(room, { user: "bob" }), await connect(room, { user: "ann" })];
    bob.send({ type: "publish", event: "first", data: 1, ref: "p" });
    bob.send({ type: "signal", event: "second", data: 2 });
    bob.send({ type: "leave", ref: "l" });
    expect(await bob.ended()).toEqual({ code: 1000, reason: "" });
    const told = () => ann.frames.flatMap(({ messages, signals }) => messages ?? signals ?? []);
    await ann.until(() => told().length === 2, "both");
    expect(told().map(({ event }: Frame) => event)).toEqual(["first", "second"]);
    expect(bob.answers()).toMatchObject([
      { type: "ack", ref: "p", seq: 1 },
      { type: "ack", ref: "l" },
    ]);
  },
);

test("HOOK-2 PUBLISH-3: frames that wait for a hook are bounded by their bytes too, like all that is not written", async () => {
  hooks.beforePublish = (message, { user }) => (user === "bob" ? new Promise<HookMessage>(() => {}) : message);
  const room = new Room("held");
  const [bob, ann] = [await connect(room, { user: "bob" }), await connect(room, { user: "ann" })];
  const pad = "x".repeat(120 * 1024);
  // 12 MiB, of which a channel may hold 4.
  for (let n = 0; n < 100; n++)
    bob.send({ type: "signal", event: "e", data: 1, pad, ...(n === 0 && { type: "publish" }) });
  await ann.drained();
  await bob.until(() => bob.closed ?? bob.answers()[0], "an end, or an error");
  if (bob.closed === null) expect(bob.answers()[0]).toMatchObject({ type: "error", code: "overloaded" });
  else expect(bob.closed).toEqual({ code: 4503, reason: "overloaded" });
});
