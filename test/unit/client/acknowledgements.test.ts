import { describe, expect, test } from "vitest";
import { EPOCH, type Script, scripted, welcome } from "../../support/fake-script.ts";
import { nothingUncaught } from "../../support/fake-uncaught.ts";
import { outcomeOf } from "../../support/sdk.ts";

nothingUncaught();

describe("acknowledgements", () => {
  const answering = (answer: (frame: { ref: string; id: string }, say: (frame: unknown) => void) => void): Script => {
    return (say) => {
      say(welcome());
      return (text) => text !== "ping" && answer(JSON.parse(text), say);
    };
  };
  const receipt = (seq: number) => ({ seq, cursor: `${EPOCH}-${seq}`, id: "x", at: 1 });

  test("C3 for nothing, and twice", async () => {
    const { world, options } = scripted(
      answering(({ ref }, say) => {
        say({ type: "ack", ref: "nobody", ...receipt(9) });
        for (let n = 0; n < 3; n++) say({ type: "ack", ref, ...receipt(1) });
        say({ type: "error", ref, code: "forbidden", message: "late" });
      }),
    );
    const { room } = world.room({}, options);
    const outcome = outcomeOf(room.publish("x"));
    await world.clock.advance(1000);
    expect(outcome).toMatchObject({ settled: 1, value: { seq: 1 } });
    expect(room.state.name).toBe("connected");
  });

  test.each([{}, { seq: "1" }, { seq: 1, cursor: 7 }])(
    "C3 without a receipt: %j; it is sent again",
    async (nothing) => {
      const { world, dials, options } = scripted(
        answering(({ ref }, say) => say({ type: "ack", ref, ...nothing })),
        answering(({ ref }, say) => say({ type: "ack", ref, ...receipt(1) })),
      );
      const { room } = world.room({}, options);
      const outcome = outcomeOf(room.publish("x"));
      await world.clock.advance(3000);
      expect(outcome).toMatchObject({ settled: 1, value: { seq: 1 } });
      expect(dials.length).toBe(2);
    },
  );

  test("C3 none at all: another connection is asked", async () => {
    let pongs = 0;
    const silent: Script = (say) => {
      say(welcome());
      return (text) => {
        if (text !== "ping") return;
        pongs++;
        say("pong");
      };
    };
    const { world, options } = scripted(
      silent,
      answering(({ ref }, say) => say({ type: "ack", ref, ...receipt(1) })),
    );
    const { room } = world.room({}, options);
    const outcome = outcomeOf(room.publish("x"));
    await world.clock.advance(60_000);
    expect(pongs).toBeGreaterThan(0);
    expect(outcome).toMatchObject({ settled: 1, value: { seq: 1 } });
  });

  test("a refusal that does not pass rejects, and those behind it go on", async () => {
    const { world, options } = scripted(
      answering(({ ref, id }, say) => {
        if (id === "bad") say({ type: "error", ref, code: "forbidden", message: "no" });
        else say({ type: "ack", ref, ...receipt(1) });
      }),
    );
    const { room } = world.room({}, options);
    const [bad, fine] = [outcomeOf(room.publish(1, { id: "bad" })), outcomeOf(room.publish(2, { id: "auth" }))];
    await world.clock.advance(1000);
    expect(bad).toMatchObject({ settled: 1, error: { code: "forbidden" } });
    expect(fine).toMatchObject({ settled: 1, value: { seq: 1 } });
  });

  test("one that is too large is refused here: the service would close for good", async () => {
    const sent: string[] = [];
    const { world, options } = scripted((say) => {
      say(welcome());
      return (text) => void sent.push(text);
    });
    const { room } = world.room({}, options);
    const outcome = outcomeOf(room.publish("ä".repeat(32_800)));
    await world.clock.advance(1000);
    expect(outcome).toMatchObject({ settled: 1, error: { code: "too_large" } });
    expect(sent).toEqual(["ping"]);
  });
});
