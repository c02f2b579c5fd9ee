import fc from "fast-check";
import { expect, test } from "vitest";
import { EventDecoder } from "../../../src/client/event-decoder.ts";
import { anyText } from "../../support/any-text.ts";
import { EventStreamParser } from "../../support/event-stream-parser.ts";
import { EPOCH, messages, type Script, scripted, welcome } from "../../support/fake-script.ts";
import { nothingUncaught } from "../../support/fake-uncaught.ts";
import { holds, holdsAsync } from "../../support/property.ts";
import { outcomeOf, SdkWorld } from "../../support/sdk.ts";

nothingUncaught();

const piece = fc.oneof(
  fc.constantFrom(
    "data",
    "event",
    "id",
    "retry",
    ":",
    ": ",
    "\n",
    "\r",
    "\r\n",
    "\n\n",
    " ",
    "\u2028",
    "{}",
    "message",
    "__proto__",
  ),
  fc.constantFrom("data: 1\n\n", "event: end\ndata: {}\n\n", "data\n\n", "event\n\n", ":\n\n"),
  anyText,
);
/** What no end of a UTF-8 stream can be. */
const wellFormed = (text: string) => text.toWellFormed().replaceAll("\ufeff", "");
const streams = fc.array(piece, { maxLength: 30 }).map((pieces) => wellFormed(pieces.join("")));

test("C4 SSE-2 whatever a stream is, and however it is cut, the SDK reads the events that the standard has in it", () => {
  holds(
    fc.property(streams, fc.array(fc.nat(200), { maxLength: 8 }), (text, cuts) => {
      const stream = `${text}:\n\n`; // a CR at the very end may be half of a line's end
      const reference = new EventStreamParser().read(new TextEncoder().encode(stream));
      const decoder = new EventDecoder();
      const places = [0, ...cuts.filter((cut) => cut < stream.length).sort((a, b) => a - b), stream.length];
      const read = places.slice(1).flatMap((end, index) => decoder.decode(stream.slice(places[index], end)));
      expect(read).toEqual(reference.map(({ type, data }) => ({ name: type, data })));
    }),
    1500,
  );
});

const nonsense = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom(`${EPOCH}-0`, `${EPOCH}-5`, "alice", 0, 1, -1, 1e308, [], [{}], {}),
);
/** Objects with the fields of `right`, of which some are anything, or missing. */
const near = (right: object) =>
  fc
    .dictionary(
      fc.constantFrom(...Object.keys(right), "__proto__", "ref", "type"),
      fc.option(nonsense, { nil: undefined }),
      { maxKeys: 3 },
    )
    .map((wrong) => ({ ...right, ...wrong }));

const answer = {
  messages: [],
  cursor: `${EPOCH}-0`,
  gap: null,
  connection: "c",
  signals: [],
  presence: { count: 1, members: [], joined: [], left: [], updated: [] },
  read: `${EPOCH}-0`,
  unread: 0,
};
const answers = fc.oneof(
  { weight: 4, arbitrary: near(answer).map((value) => JSON.stringify(value)) },
  { weight: 1, arbitrary: fc.json() },
  { weight: 1, arbitrary: anyText },
);

test("C3 C4 whatever polls and publishes are answered, nothing throws, nothing is a storm, and what is right is told", async () => {
  await holdsAsync(
    fc.asyncProperty(
      fc.array(answers, { minLength: 1, maxLength: 4 }),
      fc.constantFrom(200, 201, 400, 503),
      async (texts, status) => {
        const world = new SdkWorld();
        let asked = 0;
        const fetch = ((input: string, init?: RequestInit) => {
          const text = texts[asked++];
          return text === undefined
            ? world.service.fetch(input, init)
            : Promise.resolve(new Response(text, { status }));
        }) as typeof globalThis.fetch;
        const { room } = world.room({}, { fetch, transports: ["poll"] });
        const outcome = outcomeOf(room.publish("x"));
        await world.clock.advance(120_000);
        expect(asked).toBeLessThan(150);
        // What was refused with a code that passes for the service's own may have ended it.
        expect(["connected", "closed"]).toContain(room.state.name);
        expect(outcome.settled).toBe(1);
        room.leave();
        await world.clock.advance(1000);
        expect(world.clock.size).toBe(0);
      },
    ),
    60,
  );
});

const frames = fc.oneof(
  near({ ...messages(1) }),
  near({ type: "presence", count: 1, joined: [], left: [], updated: [] }),
  near({ type: "gap", after: `${EPOCH}-0`, oldest: null, reason: "epoch", cursor: `${EPOCH}-0` }),
  near({ type: "signals", signals: [] }),
  near({ type: "error", ref: "x", code: "internal", message: "x", retryAfter: 1 }),
  near({ type: "ack", ref: "x", seq: 1, cursor: `${EPOCH}-1`, id: "x", at: 1 }),
  near(welcome()),
);

test("C3 C4 whatever a WebSocket brings, nothing throws, and a service that is right again is heard", async () => {
  const good: Script = (say) => {
    say(welcome());
    say(messages(1));
    return (text) => {
      if (text === "ping") return;
      const { ref, id } = JSON.parse(text);
      say({ type: "ack", ref, seq: 2, cursor: `${EPOCH}-2`, id, at: 1 });
    };
  };
  await holdsAsync(
    fc.asyncProperty(near(welcome()), fc.array(frames, { maxLength: 5 }), async (first, some) => {
      const wrong: Script = (say, socket) => {
        for (const frame of [first, ...some]) say(JSON.stringify(frame));
        socket.end(1006);
        return undefined;
      };
      const { world, dials, options } = scripted(wrong, good);
      const { room, told } = world.room({}, options);
      const outcome = outcomeOf(room.publish("x"));
      await world.clock.advance(60_000);
      expect(dials.length).toBeLessThan(20);
      // After a gap the log may be another, which begins anew.
      if (told.gaps === 0) expect(told.seqs).toEqual([...new Set(told.seqs)].sort((a, b) => a - b));
      expect(outcome.settled).toBeLessThanOrEqual(1);
      room.leave();
      await world.clock.advance(1000);
      expect([outcome.settled, world.clock.size]).toEqual([1, 0]);
    }),
    100,
  );
});
