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
  /** `retryAfter`: ms that the service asks to wait at least. `isLastToken`: there is no other than the one it refused. */
  | ({ readonly type: "lost"; readonly retryAfter?: number; readonly isLastToken?: boolean } & Why)
  /** The time to come back has come, or the device woke up or found its network again. */
  | { readonly type: "due" }
  | { readonly type: "wake" }
  | { readonly type: "close" };

/** What the caller has to do. That a connection ends it sees in the state. */
export type Action = { readonly do: "dial" } | { readonly do: "wait"; readonly ms: number };

export interface Step {
  readonly state: ConnectionState;
  readonly action: Action | null;
}

/** ms: the first bound of a wait, which doubles up to the last. */
const FIRST_WAIT = 500;
const LONGEST_WAIT = 20_000;
/** ms a connection must have held before the next loss counts as the first. */
const STABLE = 10_000;
/** ms: nobody is made to wait longer, whatever an answer says. */
const LONGEST_RETRY_AFTER = 5 * 60_000;

export const START: Step = { state: { name: "connecting", tries: 0 }, action: { do: "dial" } };

/** @param random from 0 to 1 */
export function next(state: ConnectionState, event: ConnectionEvent, now: number, random: number): Step {
  if (state.name === "closed") return { state, action: null };
  switch (event.type) {
    case "close":
      return { state: { name: "closed", code: CLOSE_NORMAL, reason: "" }, action: null };
    case "welcome":
      return { state: welcomed(state, event.transport, now), action: null };
    case "lost":
      return state.name === "waiting" ? { state, action: null } : lost(state, event, now, random);
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

function welcomed(state: ConnectionState, transport: TransportName, now: number): ConnectionState {
  if (state.name === "connecting") return { name: "connected", tries: state.tries, since: now, transport };
  // A change-over, which nobody has to notice.
  return state.name === "connected" && state.transport !== transport ? { ...state, transport } : state;
}

function lost(
  state: Exclude<ConnectionState, { name: "closed" }>,
  { code, reason, retryAfter = 0, isLastToken = false }: Extract<ConnectionEvent, { type: "lost" }>,
  now: number,
  random: number,
): Step {
  const comeback = comebackAfter(code);
  if (comeback === "final" || (comeback === "new-token" && isLastToken))
    return { state: { name: "closed", code, reason }, action: null };
  const wasStable = state.name === "connected" && now - state.since >= STABLE;
  const tries = wasStable ? 1 : state.tries + 1;
  // Full jitter, also beyond what the service asks for: all that one restart has cut off do not come back at once.
  const jitter = random * Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** (tries - 1));
  const ms = Math.min(Math.max(0, retryAfter), LONGEST_RETRY_AFTER) + jitter;
  return { state: { name: "waiting", tries, retryAt: now + ms, code, reason }, action: { do: "wait", ms } };
}
