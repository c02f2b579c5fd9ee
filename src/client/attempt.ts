/** One dial: from the token over the welcome to the last frame. It ends once, and then nothing of it is heard any more. */
import { checkServerFrame } from "../protocol/decode-server.ts";
import type { ClientFrame, ServerFrame } from "../protocol/frames.ts";
import type { Environment } from "./environment.ts";
import type { NewFallback } from "./fallback.ts";
import type { Dial, Link, Query } from "./link.ts";
import type { Loss, TransportName } from "./machine.ts";
import { newTimer } from "./timer.ts";

export interface ConnectionOptions {
  /** Of the service, asked at every dial. */
  readonly origin: () => string;
  readonly path: string;
  /** Asked before every dial, and before the old one ends. */
  readonly token: () => Promise<string | null>;
  /** Whether another token can be had than the one that is refused. */
  readonly hasOtherTokens: boolean;
  /** From best to worst. */
  readonly transports: readonly TransportName[];
  /** What says how to dial, where it is not simply the transports one after the other. */
  readonly route?: () => Promise<{ readonly newFallback: NewFallback }>;
  /** What the transports are dialled by, where a channel alone is not meant. */
  readonly dials?: Readonly<Record<TransportName, Dial>>;
  /** Aborted when nothing more is wanted, with the error that says why. */
  readonly end: AbortSignal;
  readonly environment: Environment;
}

/** How it ended. */
export interface End extends Loss {
  /** Perhaps the transport does not come through: it was tried, and nothing of the service was heard. */
  readonly isSilent: boolean;
}

export interface AttemptEvents {
  /** The options of the connection, asked when it is dialled. */
  query(): Query;
  /** The first is a welcome, and no other is. Throws if it makes no sense: then the connection is not to be believed. */
  frame(frame: ServerFrame, link: Link): void;
  over(end: End): void;
}

export interface Attempt {
  readonly isOver: boolean;
  /** Whether a fresh token can be sent over it. */
  readonly isDuplex: boolean;
  send(frame: ClientFrame): void;
  /** Half-open connections say nothing at all: whoever does not answer is gone. */
  ping(): void;
  /** It is not to be believed any more. */
  fail(reason: string): void;
  /** Ends it without an event. */
  close(): void;
}

/** ms: for the application to come up with a token, for the service to say welcome, and to answer a ping. */
const TOKEN_WITHIN = 30_000;
const WELCOME_WITHIN = 10_000;
const PONG_WITHIN = 10_000;
/** ms between two pings, whatever a welcome says: a network may forget a connection that is silent for longer. */
const LEAST_BEAT = 1000;
const MOST_BEAT = 30_000;

const LOST = 1006;

/** @param choose what to dial by; asked once there is a token */
export function newAttempt(
  { origin, path, token, environment }: ConnectionOptions,
  choose: () => Promise<Dial>,
  events: AttemptEvents,
): Attempt {
  const start = newTimer(environment);
  const pong = newTimer(environment);
  let link: Link | undefined;
  let stopBeat = () => {};
  let isDialled = false;
  let isWelcome = false;
  let isOver = false;

  const close = () => {
    isOver = true;
    start.cancel();
    pong.cancel();
    stopBeat();
    link?.close();
  };
  const closed = (code: number, reason: string, retryAfter?: number) => {
    if (isOver) return;
    close();
    // Whoever was refused was understood: another transport would be refused too.
    events.over({ code, reason, retryAfter, isSilent: isDialled && !isWelcome && code < 4000 });
  };
  const fail = (reason: string) => closed(LOST, reason);
  const ping = () => {
    if (!isWelcome || !link?.ping) return;
    link.ping();
    if (!pong.isRunning()) pong.later(PONG_WITHIN, () => fail("no pong"));
  };

  const take = (value: unknown) => {
    const decoded = checkServerFrame(value);
    if (isOver || decoded.kind === "unknown") return;
    if (decoded.kind === "broken") return fail(decoded.reason);
    const { frame } = decoded;
    if ((frame.type === "welcome") === isWelcome) return fail("no welcome");
    if (frame.type === "welcome") {
      isWelcome = true;
      start.cancel();
      const every = Math.min(Math.max(LEAST_BEAT, frame.heartbeat.every), MOST_BEAT);
      if (link?.ping) stopBeat = environment.every(ping, every);
    }
    try {
      events.frame(frame, link as Link);
    } catch (error) {
      // Nothing that a service sends may throw out of here.
      fail(String(error));
    }
  };

  const run = async () => {
    start.later(TOKEN_WITHIN, () => fail("no token"));
    try {
      const fresh = await token();
      if (fresh === undefined) return fail("no token");
      if (isOver) return;
      isDialled = true;
      start.later(WELCOME_WITHIN, () => fail("no welcome"));
      const dial = await choose();
      if (isOver) return;
      const target = { origin: origin(), path, token: fresh, query: events.query() };
      link = dial(target, { frame: take, alive: pong.cancel, closed }, environment);
    } catch {
      // No token; or its code could not be loaded, the URL is none, or the platform forbids it.
      return fail(isDialled ? "no dial" : "no token");
    }
    // One that ended while it was being made has closed nothing.
    if (isOver) link.close();
  };
  void run();

  return {
    get isOver() {
      return isOver;
    },
    get isDuplex() {
      return !!link?.ping;
    },
    send: (frame) => link?.send(frame),
    ping,
    fail,
    close,
  };
}
