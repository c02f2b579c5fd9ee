/** Asks the application's hooks, and makes of whatever they do an answer that the core can use. */
import type { Identity } from "../core/identity.ts";
import type { Draft } from "../core/publish.ts";
import { type HookMessage, type HookRefusal, hooks, type Who } from "../hooks.ts";
import { isEvent } from "../protocol/address.ts";
import { type Failure, failure } from "../protocol/codes.ts";
import { wrongData } from "../protocol/decode-client.ts";
import { isObject } from "../protocol/json.ts";

/** ms */
const LONGEST = 10_000;

export type Verdict = Draft | Failure;

/** What the application makes of a message. A promise only if its hook is async. */
export function review(draft: Draft, identity: Identity, channel: string): Verdict | Promise<Verdict> {
  if (hooks.beforePublish === undefined) return draft;
  const { event, data } = draft;
  try {
    const answer = hooks.beforePublish({ event, data }, whoIs(identity, channel));
    return answer instanceof Promise
      ? within(answer).then((late) => verdictOf(late, draft), failed)
      : verdictOf(answer, draft);
  } catch (error) {
    return failed(error);
  }
}

/** Why the application does not let somebody in; null if it does. */
export async function admit(identity: Identity, channel: string): Promise<Failure | null> {
  if (hooks.onConnect === undefined) return null;
  try {
    const answer = await within(Promise.resolve(hooks.onConnect(whoIs(identity, channel))));
    return answer === undefined ? null : failure("forbidden", answer.refuse);
  } catch (error) {
    failed(error);
    return failure("overloaded", "Whether you may connect could not be found out; try again.", 5000);
  }
}

function whoIs({ user, kind, info }: Identity, channel: string): Who {
  return { channel, user, kind, info };
}

function verdictOf(answer: HookMessage | HookRefusal, draft: Draft): Verdict {
  if (isObject(answer) && typeof answer.refuse === "string") return failure("forbidden", answer.refuse);
  const { event, data } = answer as HookMessage;
  if (!isObject(answer) || !isEvent(event) || wrongData(data) !== null)
    return failed("beforePublish must return a message or a refusal");
  // A retry is known by what its publisher sent, whatever is made of it.
  return { ...draft, event, data, original: draft };
}

function failed(error: unknown): Failure {
  console.error(JSON.stringify({ event: "hook_failed", error: String(error) }));
  return failure("internal", "The application failed to check this; try again.", 1000);
}

function within<Value>(answer: Promise<Value>): Promise<Value> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error("the hook took too long")), LONGEST);
  return Promise.race([answer, promise]).finally(() => clearTimeout(timer));
}
