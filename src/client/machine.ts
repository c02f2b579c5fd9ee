/**
 * Whether there is a connection, and what to do next: one value, one pure function. What it does not know, it is told:
 * the time, a random number, what happened.
 */
import { CLOSE_NORMAL, comebackAfter } from "../protocol/codes.ts";

/** Every change carries why: a close code of the protocol, and its reason. */
interface Why {
  readonly code: number;
  readonly reason: string;
}

export type TransportName = "websocket" | "sse" | "poll";

export type ConnectionState =
  /** Dialling, or waiting for the service to say welcome. */
  | { readonly name: "connecting"; readonly tries: number }
  /** Welcome was said: what is published now arrives, and what others publish is told. */
  | { readonly name: "connected"; readonly tries: number; readonly since: number; readonly transport: TransportName }
  /** The connection is lost, and comes back by itself at `retryAt` (ms), or when the device wakes. */
  | ({ readonly name: "waiting"; readonly tries: number; readonly retryAt: number } & Why)
  /** For good. Only a new subscription begins again. */
  | ({ readonly name: "closed" } & Why);

export type ConnectionEvent =
  | { readonly type: "welcome"; readonly transport: TransportName }
  /** `retryAfter`: ms that the service asks to wait at least. */
  | ({ readonly type: "lost"; readonly retryAfter?: number } & Why)
  /** The time to come back has come, or the device woke up or found its network again. */
  | { readonly type: "due" }
  | { readonly type: "wake" }
  | { readonly type: "close" };

/** What the caller has to do. */
export type Action =
  | { readonly do: "dial" }
  | { readonly do: "wait"; readonly ms: number }
  | { readonly do: "hang up" };

export interface Step {
  readonly state: ConnectionState;
  readonly action: Action | null;
}

/** ms: the first bound of a wait, which doubles up to the last. */
const FIRST_WAIT = 500;
const LONGEST_WAIT = 20_000;
/** ms a connection must have held before the next loss counts as the first. */
const STABLE = 10_000;
/** Tokens refused in a row, freshly fetched each, until it is clear that no other will do. */
const REFUSED_TOKENS = 3;

export const START: Step = { state: { name: "connecting", tries: 0 }, action: { do: "dial" } };

/** @param random from 0 to 1 */
export function next(state: ConnectionState, event: ConnectionEvent, now: number, random: number): Step {
  if (state.name === "closed") return { state, action: null };
  switch (event.type) {
    case "close":
      return { state: { name: "closed", code: CLOSE_NORMAL, reason: "" }, action: { do: "hang up" } };
    case "welcome":
      return { state: { ...state, name: "connected", since: now, transport: event.transport }, action: null };
    case "lost":
      return lost(state, event, now, random);
    case "due":
    case "wake":
      // What is under way is not disturbed; half-open connections are the heartbeat's business.
      return state.name === "waiting" ? dial(state.tries) : { state, action: null };
    default:
      return event satisfies never;
  }
}

function dial(tries: number): Step {
  return { state: { name: "connecting", tries }, action: { do: "dial" } };
}

function lost(
  state: Exclude<ConnectionState, { name: "closed" }>,
  { code, reason, retryAfter = 0 }: Extract<ConnectionEvent, { type: "lost" }>,
  now: number,
  random: number,
): Step {
  const comeback = comebackAfter(code);
  const wasStable = state.name === "connected" && now - state.since >= STABLE;
  const tries = wasStable ? 1 : state.tries + 1;
  if (comeback === "final" || (comeback === "new-token" && tries > REFUSED_TOKENS))
    return { state: { name: "closed", code, reason }, action: null };
  // Full jitter: all the clients that one restart has cut off do not come back at once.
  const ms = Math.max(retryAfter, random * Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** (tries - 1)));
  return { state: { name: "waiting", tries, retryAt: now + ms, code, reason }, action: { do: "wait", ms } };
}
