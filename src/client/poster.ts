/** What a client says over HTTP: by POST, one after the other; what comes back is the frames that a WebSocket would bring. */
import type { ClientFrame } from "../protocol/frames.ts";
import { EdgewireError } from "./errors.ts";
import type { LinkEvents } from "./link.ts";

const UNAUTHENTICATED = 401;
/** Publishes in one request, and characters of them: half of what a service takes unless it is configured otherwise. */
const MOST_AT_ONCE = 50;
const MOST_CHARACTERS = 256 * 1024;
/** ms to wait after a refusal that passes and does not say how long it does. */
const PAUSE = 1000;

/** Where a frame goes. Of a leave nothing is said over HTTP, and a token is never sent. */
const ENDPOINTS: Readonly<Record<string, readonly [method: string, endpoint: string]>> = {
  publish: ["POST", "messages"],
  signal: ["POST", "signals"],
  presence: ["PUT", "presence"],
};

/**
 * @param ask one request
 * @param canEnd whether a 401 can mean that the token has ended; to a guest it says that the right is missing
 * @param failed what no frame can say: the token has ended, or an answer is none; or the connection is closed
 */
export function newPoster(
  ask: (method: string, endpoint: string, body: object) => Promise<{ results: object[] }>,
  frame: LinkEvents["frame"],
  canEnd: boolean,
  failed: (error: unknown) => void,
): (frame: ClientFrame) => void {
  let waiting: ClientFrame[] = [];
  let isAtWork = false;
  /** Publishes in one request: fewer after one that was refused. */
  let most = MOST_AT_ONCE;

  const work = async () => {
    isAtWork = true;
    while (waiting.length > 0) await post(waiting.splice(0, countNext()));
    isAtWork = false;
  };
  /** One; or the publishes that come next, because each on its own would wait for the one before. */
  const countNext = () => {
    let [count, characters] = [0, 0];
    while (count < most && waiting[count]?.type === "publish" && characters < MOST_CHARACTERS)
      characters += JSON.stringify(waiting[count++]).length;
    return Math.max(1, count);
  };
  const post = async (frames: ClientFrame[]) => {
    const bodies = frames.map(({ type: _type, ref: _ref, ...body }) => body);
    const [{ type, ref }] = frames as [ClientFrame];
    const [method, endpoint] = ENDPOINTS[type] as [string, string];
    const isMany = frames.length > 1;
    try {
      const answer = await ask(method, endpoint, isMany ? bodies : (bodies[0] as object));
      most = Math.min(MOST_AT_ONCE, most * 2);
      const results = isMany ? answer.results : [answer];
      for (const [index, { ref }] of frames.entries()) if (ref) frame({ ...results[index], type: "ack", ref });
    } catch (error) {
      if (!(error instanceof EdgewireError) || (canEnd && error.status === UNAUTHENTICATED)) {
        waiting = [];
        return failed(error);
      }
      const { code, message, retryable, retryAfter = PAUSE } = error;
      if (isMany) most = 1;
      // An array is taken or refused as a whole: one by one it will be seen which of them is wrong.
      if (isMany && !retryable) return void waiting.unshift(...frames);
      // Those behind it would overtake it. They are sent again with it, when its time has come.
      if (type === "publish" && retryable) waiting = waiting.filter((each) => each.type !== "publish");
      // With a time to come back at it is seen to pass, whatever its code.
      frame({ type: "error", ref, code, message, retryAfter: retryable ? retryAfter : undefined });
    }
  };
  return (frame) => {
    if (frame.type in ENDPOINTS) waiting.push(frame);
    if (!isAtWork) void work();
  };
}
