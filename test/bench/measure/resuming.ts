/** B11: a reader comes back to 10,000 messages that it has missed. */
import { generate } from "../load/generator.ts";
import type { ResumeResult, Transport } from "../load/resume-run.ts";
import { rowOf } from "../row.ts";
import type { Measurement } from "./bench.ts";

const MESSAGES = 10_000;
const TITLES: Record<Transport, string> = { ws: "WebSocket", sse: "SSE", poll: "long poll" };

let runs = 0;

export const resuming: Measurement = {
  id: "B11",
  title: "resume of 10,000 messages",
  async run({ servers, options }) {
    const results: ResumeResult[] = [];
    for (let round = 0; round < options.rounds; round++) {
      await servers.idle();
      results.push(
        await generate<"resume">({
          kind: "resume",
          target: await servers.target("edgewire"),
          runName: `B11-resume-${runs++}`,
          messages: MESSAGES,
        }),
      );
    }
    return (["ws", "sse", "poll"] as const).map((transport) =>
      rowOf({
        id: "B11",
        title: `resume of 10,000 messages over ${TITLES[transport]}`,
        unit: "ms",
        edgewire: results.map(({ milliseconds }) => milliseconds[transport]),
        target: null,
        faults: results.flatMap(({ faults }) => faults),
        details: results,
      }),
    );
  },
};
