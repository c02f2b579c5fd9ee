import { expect } from "vitest";
import type { FrameCase } from "../frames.ts";
import { faultsOf, INSIDES, inRuns, SECRETS, type Target } from "./target.ts";

/** As many as cause errors in a minute without being closed for it. */
const PER_CONNECTION = 80;
/** Whoever sends them says nothing that is stored. */
const AUTHOR = "mallory";

/** Each is one error with its ref, and the connection goes on. */
export async function tryFrames({ service, room }: Target, cases: readonly FrameCase[]): Promise<string[]> {
  const faults = await Promise.all(
    inRuns(cases, PER_CONNECTION).map(async (run) => {
      const client = await service.join(AUTHOR, room);
      const found = await faultsOf(
        run,
        async ({ frame, code, hasRef }) => {
          const before = client.framesOf("error").length;
          client.send(frame);
          // A good one after each: in a row they would close.
          expect(await client.request({ type: "members", limit: 0 })).toMatchObject({ type: "ack" });
          const errors = client.framesOf("error").slice(before);
          const ref = hasRef ? { ref: "r" } : {};
          expect(errors).toEqual([{ type: "error", code, message: expect.any(String), ...ref }]);
          const text = JSON.stringify(errors);
          expect(text).not.toMatch(INSIDES);
          for (const secret of SECRETS) expect(text).not.toContain(secret);
        },
        1,
      );
      if (!client.isOpen) found.push(`the connection ended: ${JSON.stringify(await client.closed)}`);
      await client.close();
      return found;
    }),
  );
  const { body } = await service.room<{ messages: { user: string }[] }>("GET", room, "messages", {
    query: { limit: 1000 },
  });
  if (body.messages.some(({ user }) => user === AUTHOR)) faults.push(["something of it was stored"]);
  return faults.flat();
}
