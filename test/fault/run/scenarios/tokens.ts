/** Rights end under load: tokens expire, and users are logged out everywhere. Nobody gets anything after that. */
import { setTimeout as pause } from "node:timers/promises";
import { channelUrl } from "../../../support/channel-url.ts";
import { call } from "../../../support/http.ts";
import { API_KEY } from "../../tokens.ts";
import type { Room, Stage } from "../stage.ts";
import { staged } from "./staged.ts";

/** s that a token lives. */
const SHORT_LIFE = 4;
const SECOND = 1000;
/** ms in which a revocation takes effect everywhere (SPEC REVOKE-1). */
const REVOKED_WITHIN = 1000;
const REFUSED: ReadonlySet<number> = new Set([401, 403]);

export const tokens = staged({
  name: "tokens",
  about: "tokens of 4 to 10 s expire, and users are logged out everywhere, under load: S1 to S3",
  servers: ["workerd", "wrangler dev"],
  sizes: { short: 0, usual: 10, long: 30 },
  stage: { patience: { slack: 2000, patience: 20_000 }, tokenLife: (random) => SHORT_LIFE + random.below(7) },
  async disturb(stage, { size }) {
    stage.fault("expiry");
    for (let count = 0; count < size; count++) {
      await logOut(stage, stage.pick(stage.cast.raw), stage.rooms[0] as Room);
      await pause(stage.random.between(500, 1500));
    }
    await pause(2 * SHORT_LIFE * SECOND);
  },
});

async function logOut(stage: Stage, { parts, token }: Stage["cast"]["raw"][number], room: Room): Promise<void> {
  const { user, channel } = parts;
  const origin = stage.server.url;
  stage.fault("logout");
  const { status, text } = await call("DELETE", channelUrl(origin, `user:${user}`, "connections"), { token: API_KEY });
  if (status !== 200) return void stage.problems.push(`${user} cannot be logged out: ${status} ${text}`);
  // Tokens of that second and before are refused; the service may have seen a later one.
  const upTo = Math.floor(Date.now() / SECOND) * SECOND + SECOND - 1;
  stage.recorder.note({ type: "revoke", user, upTo });
  for (const [endpoint, of] of [
    ["poll", channel],
    ["messages", channel],
    ["poll", room.channel],
  ] as const) {
    const url = channelUrl(origin, of, endpoint, { after: room.start, timeout: 0 });
    const end = performance.now() + REVOKED_WITHIN;
    let [answer, isLate] = [await call("GET", url, { token }), false];
    // Only an object that holds a connection of theirs is told; another asks, and goes by the answer for a while.
    while (!REFUSED.has(answer.status) && !isLate) {
      isLate = performance.now() >= end;
      answer = await call("GET", url, { token });
    }
    if (!REFUSED.has(answer.status))
      stage.problems.push(`S2: ${user} was logged out, and ${endpoint} of ${of} answers ${answer.status}`);
  }
}
