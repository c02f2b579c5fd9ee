/** One connection as the core sees it. */
import type { Config } from "../config.ts";
import type { AckMode, PresenceMode } from "../protocol/frames.ts";
import { type Json, utf8Length } from "../protocol/json.ts";
import { allows } from "../protocol/operations.ts";
import type { Frame, View } from "./frame.ts";
import type { Identity } from "./identity.ts";
import type { Place } from "./place.ts";
import { RateLimit } from "./rate-limit.ts";
import type { Start } from "./resume.ts";

/** What a client asks for when it connects. */
export interface ConnectOptions {
  /** Unique in the channel, and not to be guessed. */
  readonly connection: string;
  /** False: it goes on where another of that name has ended, and says nothing that was not said then. Default: true. */
  readonly isNew?: boolean;
  /** What its client holds. The two others are held by the edge, which reads from the object for it. */
  readonly transport: Transport;
  readonly view: View;
  readonly start: Start;
  readonly presence: PresenceMode;
  /** Whether it wants to be a member; without the right to it is none. */
  readonly member: boolean;
  /** Undefined: keep what the member said before. */
  readonly data?: Json | undefined;
  readonly echo: boolean;
  readonly acks: AckMode;
  /** Whether it wants signals. */
  readonly signals: boolean;
}

export type Transport = "ws" | "sse" | "poll";

/**
 * Where frames go: a socket, or another object that passes them on. It must not throw: what cannot be sent any more is
 * noticed by its close.
 */
export interface Subscriber {
  /** @param place of messages and gaps, for whoever passes them on */
  send(frame: string | Uint8Array, place?: Place | null): void;
  close(code: number, reason: string): void;
  /** Bytes sent and not yet taken by the reader; undefined where the runtime does not tell. */
  unsent(): number | undefined;
  /** When the runtime last answered a heartbeat for it, ms; null: never. */
  lastHeartbeat(): number | null;
  /** Another object, which keeps positions, asks for each page of a replay, and knows itself who is alive. */
  readonly isRemote?: boolean;
  /** It stands for all connections that another object holds to this channel, and is nobody's own. */
  readonly isRelay?: boolean;
  /** Writes down what must survive a hibernation, before the frames that depend on it. */
  save(session: Session): void;
}

/** What its client asked for when it connected. */
export interface SessionFacts {
  readonly connection: string;
  /** The user as JSON text, made once for all messages. */
  readonly userJson: string;
  readonly connectedAt: number;
  /** Whether the connection makes its user a member. */
  member: boolean;
  /** What it wants to be told of others. */
  presence: PresenceMode;
  /** Whether it gets back what it publishes. */
  readonly echo: boolean;
  readonly acks: AckMode;
  readonly transport: Transport;
  readonly view: View;
  readonly signals: boolean;
}

/** A reader at the head gets what is flushed; one behind it is fed page by page until it is there. */
export type Feed =
  | { readonly kind: "live" }
  | {
      readonly kind: "replay";
      /** What the reader has: everything up to this seq of that epoch. */
      readonly epoch: string;
      readonly position: number;
    };

export interface Session extends SessionFacts {
  readonly subscriber: Subscriber;
  identity: Identity;
  feed: Feed;
  /** Of its last frame, ms; after a hibernation up to `signSavedFor` too late, never too early. */
  lastFrameAt: number;
  /** Frames up to this moment need not be written down again. */
  signSavedUntil: number;
  /** A heartbeat that tells nothing: it is later than the clock was some time after it; null: none. */
  disbelieved: number | null;
  readonly publishRate: RateLimit;
  readonly signalRate: RateLimit;
  readonly faults: Faults;
  readonly backlog: Backlog;
  /** The count it was last told; undefined: not known any more. */
  toldCount: number | undefined;
  /** Up to which change of the presence feed its welcome already spoke. */
  presenceSerial: number;
}

/**
 * ms: how often, at most, a sign of life is worth writing down. So much later may a silent connection be found dead after
 * a hibernation, and a sweep must still be in time for it.
 */
export function signSavedFor({ PRESENCE_SWEEP }: Config): number {
  return Math.min(30_000, PRESENCE_SWEEP / 2);
}

/** Errors it caused. */
export interface Faults {
  malformedInARow: number;
  /** When the last ones were, ms: as many as are too many in a minute. */
  readonly times: number[];
}

/** Bytes it was sent since the last look, to tell a slow reader from a frame that was only just queued. */
export interface Backlog {
  sentSince: number;
}

/** Sends a frame as its reader reads it, and takes note of its size. */
export function deliver(session: Session, frame: Frame): void {
  if (session.view === "frames") {
    session.backlog.sentSince += frame.bytes;
    session.subscriber.send(frame.text, frame.place);
  } else {
    const events = frame.events(session.view);
    session.backlog.sentSince += events.byteLength;
    session.subscriber.send(events);
  }
}

/** Answers a frame of the session's own. */
export function reply(session: Session, text: string): void {
  session.backlog.sentSince += utf8Length(text);
  session.subscriber.send(text);
}

/** A session as it is when its connection comes: at the head, with nothing taken of its rates. */
export function newSession(
  identity: Identity,
  { connection, member, presence, echo, acks, transport, view, signals }: Omit<ConnectOptions, "start" | "data">,
  subscriber: Subscriber,
  config: Config,
  now: number,
): Session {
  const limited = identity.kind !== "server";
  return {
    subscriber,
    identity,
    connection,
    userJson: JSON.stringify(identity.user),
    connectedAt: now,
    member: member && allows(identity.operations, "presence"),
    presence,
    echo,
    acks,
    transport,
    view,
    signals,
    feed: { kind: "live" },
    lastFrameAt: now,
    signSavedUntil: now,
    disbelieved: null,
    publishRate: new RateLimit(limited ? config.PUBLISH_RATE : 0, config.PUBLISH_BURST, now),
    signalRate: new RateLimit(limited ? config.SIGNAL_RATE : 0, Math.max(1, config.SIGNAL_RATE), now),
    faults: { malformedInARow: 0, times: [] },
    backlog: { sentSince: 0 },
    toldCount: undefined,
    presenceSerial: 0,
  };
}
