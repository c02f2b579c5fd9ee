/** Does what one call of a subscription asks, in order, and answers when all that came of it has arrived. */
import type { Channel } from "../../core/channel.ts";
import type { Identity } from "../../core/identity.ts";
import type { Session } from "../../core/session.ts";
import type { Failure } from "../../protocol/codes.ts";
import type { Cursor } from "../../protocol/cursor.ts";
import type { Inlet } from "../inlet.ts";
import type { Act, LinkAnswer, LinkCall } from "./calls.ts";

export type Subscribing = Extract<Act, { kind: "subscribe" }>;

export interface Caller {
  readonly channel: Channel;
  readonly inlet: Inlet;
  turn<Result>(event: (now: number) => Result): Result;
  /** It stands for many, who were let in one by one. */
  readonly isRelay: boolean;
  /** What the application says to somebody new. */
  admit(identity: Identity): Promise<Failure | null>;
  /** The caller's session, if it has one (still). */
  session(): Session | null;
  subscribe(act: Subscribing, now: number): void;
  pull(session: Session, after: Cursor, now: number): void;
  /** Everything that the caller has been sent so far has arrived. */
  drained(): Promise<void>;
  /** It is known who is still there. */
  confirmed(): Promise<void>;
}

export async function perform({ acts }: LinkCall, caller: Caller): Promise<LinkAnswer> {
  for (const act of acts) {
    if (act.kind === "subscribe") {
      const failure = await subscribe(act, caller);
      if (failure !== null) return { kind: "refused", failure };
      continue;
    }
    const session = caller.session();
    if (session === null) break;
    await take(act, session, caller);
  }
  const { batch } = caller.channel.publisher;
  if (!batch.isEmpty) await batch.committed;
  await caller.drained();
  return caller.session() !== null || acts.at(-1)?.kind === "end" ? { kind: "done" } : { kind: "ended" };
}

async function subscribe(act: Subscribing, caller: Caller): Promise<Failure | null> {
  const { identity, options } = act;
  if (caller.isRelay) {
    caller.turn((now) => caller.subscribe(act, now));
    return null;
  }
  const denied = await caller.admit(identity);
  if (denied !== null) return denied;
  if (options.presence !== "none") await caller.confirmed();
  return caller.turn((now) => {
    const refusal = caller.channel.refusalFor(identity.user, options.connection, now);
    if (refusal === null) caller.subscribe(act, now);
    return refusal;
  });
}

async function take(act: Exclude<Act, Subscribing>, session: Session, caller: Caller): Promise<void> {
  const { channel, inlet, turn } = caller;
  switch (act.kind) {
    case "frame":
      inlet.take(session, act.text);
      return inlet.through(session);
    case "pull":
      return turn((now) => caller.pull(session, act.after, now));
    case "renew":
      return turn((now) => channel.renew(session, act.identity, now));
    case "end":
      return turn((now) => channel.closed(session, act.left, now));
    default:
      return act satisfies never;
  }
}
