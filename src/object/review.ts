/** Asks the application's hooks, and makes of whatever they do an answer that the core can use. */
import type { Identity } from "../core/identity.ts";
import type { Draft } from "../core/publish.ts";
import { hooks, type Who } from "../hooks.ts";
import { isEvent } from "../protocol/address.ts";
import { type Failure, failure } from "../protocol/codes.ts";
import { wrongData } from "../protocol/decode-client.ts";
import { isObject, type Json, parseJson } from "../protocol/json.ts";

/** ms */
const LONGEST = 10_000;

export type Verdict = Draft | Failure;

/** What the application makes of a message. A promise only if its hook is async. Never throws. */
export function review(draft: Draft, identity: Identity, channel: string): Verdict | Promise<Verdict> {
  if (hooks.beforePublish === undefined) return draft;
  try {
    // A copy: what is written into it must not change what a retry is compared with.
    const message = { event: draft.event, data: structuredClone(draft.data) };
    const answer = hooks.beforePublish(message, whoIs(identity, channel));
    return isPromise(answer)
      ? within(answer)
          .then((late) => verdictOf(late, draft))
          .catch(failed)
      : verdictOf(answer, draft);
  } catch (error) {
    return failed(error);
  }
}

/** Why the application does not let somebody in; null if it does. Never throws. */
export async function admit(identity: Identity, channel: string): Promise<Failure | null> {
  if (hooks.onConnect === undefined) return null;
  try {
    const answer: unknown = await within(Promise.resolve(hooks.onConnect(whoIs(identity, channel))));
    if (answer === undefined) return null;
    return refusalIn(answer) ?? unreadable("onConnect must return nothing or a refusal");
  } catch (error) {
    failed(error);
    return failure("overloaded", "Whether you may connect could not be found out; try again.", 5000);
  }
}

function whoIs({ user, kind, info }: Identity, channel: string): Who {
  return { channel, user, kind, info };
}

/** Throws if the answer cannot be read: hooks may be anything, types or not. */
function verdictOf(answer: unknown, draft: Draft): Verdict {
  const refusal = refusalIn(answer);
  if (refusal !== null) return refusal;
  if (!isObject(answer)) return unreadable("beforePublish must return a message or a refusal");
  const { event } = answer;
  // As it will be stored: a function, a symbol or a cycle is no JSON.
  const text: unknown = JSON.stringify(answer.data);
  const data = typeof text === "string" ? parseJson(text) : undefined;
  if (typeof event !== "string" || !isEvent(event) || wrongData(data) !== null)
    return unreadable("beforePublish returned a message with a wrong event or data");
  // A retry is known by what its publisher sent, whatever is made of it.
  return { ...draft, event, data: data as Json, original: draft };
}

function refusalIn(answer: unknown): Failure | null {
  const isRefusal = isObject(answer) && typeof answer.refuse === "string" && answer.refuse !== "";
  return isRefusal ? failure("forbidden", answer.refuse as string) : null;
}

function unreadable(advice: string): never {
  throw new Error(advice);
}

function failed(error: unknown): Failure {
  console.error(JSON.stringify({ event: "hook_failed", error: textOf(error) }));
  return failure("internal", "The application failed to check this; try again.", 1000);
}

/** An application can throw what cannot even be printed. */
function textOf(error: unknown): string {
  try {
    return String(error);
  } catch {
    return "unprintable";
  }
}

function isPromise<Value>(answer: Value | Promise<Value>): answer is Promise<Value> {
  return isObject(answer) && typeof (answer as { then?: unknown }).then === "function";
}

function within<Value>(answer: Promise<Value>): Promise<Value> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error("the hook took too long")), LONGEST);
  return Promise.race([answer, promise]).finally(() => clearTimeout(timer));
}
