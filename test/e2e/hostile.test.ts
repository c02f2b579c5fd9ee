import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { SERVICE } from "../hostile/catalogue.ts";
import { tryFrames } from "../hostile/run/frames.ts";
import { tryHandshakes } from "../hostile/run/handshakes.ts";
import { tryHttp } from "../hostile/run/http.ts";
import { trySockets } from "../hostile/run/sockets.ts";
import type { Target } from "../hostile/run/target.ts";
import { tryTokens } from "../hostile/run/tokens.ts";
import { tryValues } from "../hostile/run/values.ts";
import { tryWire } from "../hostile/run/wire.ts";
import { apiKey, authSecret, uniqueRoom, useService } from "../support/service.ts";

// One of its own: its memory is looked at, and nobody else is to be disturbed.
const service = useService({ AUTH_SECRET: authSecret, API_KEY: apiKey, DENIED_PER_MINUTE: "0", LOG_LEVEL: "off" });
const target: Target = { service, room: uniqueRoom("hostile") };

type Surface = keyof typeof SERVICE;
type CasesOf<S extends Surface> = (typeof SERVICE)[S][keyof (typeof SERVICE)[S]];
const RUNNERS: { readonly [S in Surface]: (target: Target, cases: CasesOf<S>) => Promise<string[]> } = {
  http: tryHttp,
  wire: tryWire,
  handshakes: tryHandshakes,
  frames: tryFrames,
  sockets: trySockets,
  tokens: tryTokens,
  values: tryValues,
};
const groups = Object.entries(SERVICE).flatMap(([surface, groups]) =>
  Object.entries(groups).map(([group, cases]) => ({
    name: `${surface}, ${group}`,
    count: cases.length,
    run: () => (RUNNERS[surface as Surface] as (target: Target, cases: unknown) => Promise<string[]>)(target, cases),
  })),
);

beforeAll(async () => {
  await service.fill(target.room, 3);
});

describe("HTTP-1 HTTP-2 HTTP-3 HTTP-4 ID-1 CURSOR-1 CONNECT-2 FRAME-3 AUTH-4 JSON-1 whatever is sent is answered as it should", () => {
  afterEach(() => service.canary(target.room));

  it.each(groups)("$name: $count", async ({ run }) => {
    expect(await run()).toEqual([]);
  });
});

it("L3 L4 all of it again: in the end no more memory is in use than before, nothing of it was kept", async () => {
  // What is compiled late, or held for a while, is in use after one pass and not more of it after the next; what is
  // leaked, by thousands of requests in each, is more after every one.
  const used = [await service.server.heap()];
  const grew = () => (used.at(-1) as number) / (used.at(-2) as number);
  do {
    for (const { run } of groups) expect(await run()).toEqual([]);
    used.push(await service.server.heap());
  } while (grew() > 1.03 && used.length <= 5);
  expect(grew(), `bytes after each pass: ${used.join(", ")}`).toBeLessThanOrEqual(1.03);
  await service.canary(target.room);
});
