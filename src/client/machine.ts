/**
 * Whether there is a connection. A state says what to do next: to dial, to wait until `retryAt`, to end. What leads from
 * one to the next are pure functions; what they do not know, they are told: the time, a random number, what happened.
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

/** Nothing leads out of the other one. */
export type OpenState = Exclude<ConnectionState, { name: "closed" }>;

export interface Loss extends Why {
  /** ms that the service asks to wait at least. */
  readonly retryAfter?: number | undefined;
}

/** ms: the first bound of a wait, which doubles up to the last. */
const FIRST_WAIT = 500;
const LONGEST_WAIT = 20_000;
/** ms a connection must have held before the next loss counts as the first. */
const STABLE = 10_000;
/** ms: nobody is made to wait longer, whatever an answer says. */
const LONGEST_RETRY_AFTER = 5 * 60_000;

export const START: ConnectionState = { name: "connecting", tries: 0 };
export const LEFT: ConnectionState = { name: "closed", code: CLOSE_NORMAL, reason: "" };

/** The time to come back has come, or the device woke up or found its network. What is under way is not disturbed. */
export function due(state: ConnectionState): ConnectionState {
  return state.name === "waiting" ? { name: "connecting", tries: state.tries } : state;
}

/** The service said welcome; over a connection there was already, that is a change-over, which nobody has to notice. */
export function welcomed(state: OpenState, transport: TransportName, now: number): ConnectionState {
  if (state.name !== "connected") return { name: "connected", tries: state.tries, since: now, transport };
  return state.transport === transport ? state : { ...state, transport };
}

/**
 * @param hasOtherTokens whether there is another than the one it refused
 * @param random from 0 to 1
 */
export function lost(
  state: OpenState,
  { code, reason, retryAfter = 0 }: Loss,
  hasOtherTokens: boolean,
  now: number,
  random: number,
): ConnectionState {
  const comeback = comebackAfter(code);
  if (comeback === "final" || (comeback === "new-token" && !hasOtherTokens)) return { name: "closed", code, reason };
  const tries = state.name === "connected" && now - state.since >= STABLE ? 1 : state.tries + 1;
  // Full jitter, also beyond what the service asks for: all that one restart has cut off do not come back at once.
  const jitter = random * Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** (tries - 1));
  const retryAt = now + Math.min(retryAfter, LONGEST_RETRY_AFTER) + jitter;
  return { name: "waiting", tries, retryAt, code, reason };
}
