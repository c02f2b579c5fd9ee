/** The search of raw bytes finds a room's text wherever packets are cut. */
import { expect, test } from "vitest";
import { MemorySink, Recorder } from "../../fault/recorder.ts";
import { Ear } from "../../fault/run/ear.ts";

const CANARY = "canary-0123456789ab";
const BYTES = Buffer.from(`x canary-${CANARY} {"text":"${CANARY}"} canary-0123`);

test.each(Array.from({ length: BYTES.length }, (_, at) => at))("S1 cut at byte %i", (at) => {
  const sink = new MemorySink();
  const ear = new Ear("bob", new Recorder("driver", sink));
  ear.hear(BYTES.subarray(0, at), 1);
  // Another connection's bytes are between them.
  ear.hear(Buffer.from("456789ab"), 2);
  ear.hear(BYTES.subarray(at), 1);
  expect(ear.heard).toBe(2);
  expect(sink.events).toMatchObject([{ type: "raw", user: "bob", text: CANARY }]);
});
