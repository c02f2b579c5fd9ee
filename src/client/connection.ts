/**
 * One connection: one transport, one state, one token. It dials, comes back, and sends a fresh token before the old one
 * ends; what the frames mean is its subscription's business, and where a WebSocket does not come through, `fallback.ts`'s.
 */
import type { ClientFrame, ServerFrame, WelcomeFrame } from "../protocol/frames.ts";
import { type Attempt, type ConnectionOptions, type End, newAttempt } from "./attempt.ts";
import { REMEMBERED } from "./environment.ts";
import type { Fallback } from "./fallback.ts";
import type { Dial, Link, Query } from "./link.ts";
import { type ConnectionState, due, LEFT, lost, type OpenState, START, welcomed } from "./machine.ts";
import { newTimer } from "./timer.ts";
import { dialWebSocket } from "./websocket.ts";

/** What the connection is for. What is told a frame throws if it makes no sense: then the connection is not to be believed. */
export interface Subscriber {
  /** The options of the next connection: `after` among them, once something was heard. */
  query(): Query;
  /** It begins with this: so much of it as must be known before it counts as connected. */
  welcome(frame: WelcomeFrame): void;
  frame(frame: ServerFrame): void;
  stateChanged(state: ConnectionState): void;
}

export interface Connection {
  readonly state: ConnectionState;
  /** False: it is not connected, and nothing was sent. */
  send(frame: ClientFrame): boolean;
  /** Does not do what it should: begin again from what is known. */
  distrust(reason: string): void;
  /** For good. Nothing is called back after this. */
  close(): void;
}

/** ms before the end of a token that a fresh one is sent; and between two tries, however short its life. */
const RENEWAL = 30_000;
const LEAST_RENEWAL = 5000;
/** No message's id, which are ASCII: its answer settles none. */
const RENEWAL_REF = "→ token";

/** Dials at once. */
export function newConnection(options: ConnectionOptions, subscriber: Subscriber): Connection {
  const { environment, transports, token, hasOtherTokens } = options;
  const { now, random } = environment;
  const comingBack = newTimer(environment);
  const renewal = newTimer(environment);
  const remembered = environment.stored((store) => store.getItem(REMEMBERED)) ?? transports[0];
  let state = START;
  /** Null: none, or the next is waited for. */
  let attempt: Attempt | null = null;
  let fallback: Fallback | null = null;
  /** ms by which the service's clock is ahead of ours. */
  let ahead = 0;

  const become = (next: ConnectionState) => {
    if (next === state || state.name === "closed") return;
    state = next;
    if (state.name !== "connected") hangUp();
    if (state.name === "connecting") attempt = dial(choose);
    if (state.name === "waiting") comingBack.later(state.retryAt - now(), comeBack);
    if (state.name === "closed") forgetWake();
    subscriber.stateChanged(state);
  };
  const comeBack = () => become(due(state));
  const hangUp = () => {
    attempt?.close();
    attempt = null;
    comingBack.cancel();
    renewal.cancel();
    fallback?.rest();
  };

  const dial = (by: () => Promise<Dial>): Attempt => {
    const own = newAttempt(options, by, {
      query: subscriber.query,
      frame(frame, link) {
        if (frame.type === "welcome") welcome(frame, own, link);
        // The application may have closed it meanwhile, and then hears nothing any more.
        if (own === attempt) take(frame);
      },
      over(end) {
        if (own === attempt) over(end);
      },
    });
    return own;
  };
  const choose = async () =>
    fallback || options.route || remembered !== "websocket" || transports[0] !== "websocket"
      ? (await loadFallback()).dial()
      : dialWebSocket;
  const loadFallback = async () => {
    const { newFallback } = await (options.route?.() ?? import("./later.ts"));
    fallback ??= newFallback(options, remembered, dial, subscriber, comeBack);
    return fallback;
  };

  /** Whoever says welcome is from now on the connection. */
  const welcome = (frame: WelcomeFrame, own: Attempt, { transport }: Link) => {
    subscriber.welcome(frame);
    if (own !== attempt) attempt?.close();
    attempt = own;
    ahead = frame.at - now();
    renewBefore(frame.expires);
    fallback?.welcomed(transport);
    become(welcomed(state as OpenState, transport, now()));
  };
  const over = ({ isSilent, ...end }: End) => {
    if (isSilent && transports.length > 1)
      loadFallback()
        .then((loaded) => (state.name === "connected" ? undefined : loaded.blame()))
        .catch(() => undefined); // nothing comes through, not even its code
    become(lost(state as OpenState, end, hasOtherTokens, now(), random()));
  };
  const take = (frame: ServerFrame) => {
    // Only the acknowledgement of a token says when it ends; it always comes alone. (SPEC FRAME-2)
    if (frame.type === "ack" && typeof frame.expires === "number") renewBefore(frame.expires);
    subscriber.frame(frame);
  };
  const send = (frame: ClientFrame) => {
    if (state.name !== "connected") return false;
    attempt?.send(frame);
    return true;
  };

  /** @param expires by the service's clock, ms; null: never */
  const renewBefore = (expires: number | null) => {
    renewal.cancel();
    if (expires === null || !hasOtherTokens) return;
    const ms = expires - ahead - now();
    renewIn(ms - Math.min(RENEWAL, ms / 3));
  };
  const renewIn = (ms: number) => renewal.later(Math.max(LEAST_RENEWAL, ms), () => void renew());
  const renew = async () => {
    // Until it is known to be done it is tried again.
    renewIn(0);
    // What only reads has its token for good: another takes its place.
    if (!attempt?.isDuplex) return fallback?.renew();
    const own = attempt;
    const fresh = await token().catch(() => null);
    if (own === attempt && fresh) send({ type: "auth", ref: RENEWAL_REF, token: fresh });
  };

  const forgetWake = environment.onWake(() => {
    comeBack();
    attempt?.ping();
    if (state.name === "connected") fallback?.wake();
  });
  attempt = dial(choose);

  return {
    get state() {
      return state;
    },
    send,
    distrust: (reason) => attempt?.fail(reason),
    close: () => become(LEFT),
  };
}
