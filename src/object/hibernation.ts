/**
 * What a connection needs to know after the object has slept: in the attachment of its socket, which the runtime keeps
 * (at most 16 KiB; this is below 1). Everything else about it begins anew.
 */
import type { Config } from "../config.ts";
import type { View } from "../core/frame.ts";
import type { Identity } from "../core/identity.ts";
import { newSession, type Session, type Subscriber, type Transport } from "../core/session.ts";
import type { AckMode, PresenceMode } from "../protocol/frames.ts";
import type { DeviceAttachment } from "./subscriptions/device.ts";
import type { Usage } from "./usage.ts";

/** Change it with the shape: an attachment of another version ends its connection, and the client resumes. */
const VERSION = 1;

export interface Attachment {
  readonly version: typeof VERSION;
  readonly connection: string;
  readonly user: string;
  readonly kind: Identity["kind"];
  readonly operations: number;
  readonly issuedAt: number | null;
  readonly expires: number | null;
  readonly connectedAt: number;
  /** Until then its last frame may have come: see `Session.signSavedUntil`. */
  readonly signUntil: number;
  /** See `Session.disbelieved`. */
  readonly disbelieved?: number;
  readonly member: boolean;
  readonly presence: PresenceMode;
  readonly echo: boolean;
  readonly acks: AckMode;
  readonly transport: Transport;
  readonly view: View;
  readonly signals: boolean;
  /** Where its replay stands; null: it is live. */
  readonly replay: { readonly epoch: string; readonly position: number } | null;
  /** Of a user in their own channel: where they stand in the others that they follow. */
  readonly follows?: DeviceAttachment;
}

/** A hibernatable socket as the core sees it. */
export class SocketSubscriber implements Subscriber {
  readonly #socket: WebSocket;
  readonly #context: DurableObjectState;
  readonly #usage: Usage;

  readonly #followsOf: (session: Session) => DeviceAttachment | null;

  constructor(
    socket: WebSocket,
    context: DurableObjectState,
    usage: Usage,
    followsOf: (session: Session) => DeviceAttachment | null,
  ) {
    this.#followsOf = followsOf;
    this.#socket = socket;
    this.#context = context;
    this.#usage = usage;
  }

  send(frame: string | Uint8Array): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return; // its close is on the way
    try {
      this.#socket.send(frame);
      this.#usage.framesOut++;
    } catch {
      // One broken socket must not keep a frame from the others. Its client resumes from its cursor.
      this.close(1011, "internal");
    }
  }

  close(code: number, reason: string): void {
    if (this.#socket.readyState === WebSocket.CLOSED) return;
    try {
      this.#socket.close(code, reason);
    } catch {
      // It was closed from the other side in the same moment.
    }
  }

  unsent(): number | undefined {
    // Not in every version of the runtime, nor in its types.
    return (this.#socket as { bufferedAmount?: number }).bufferedAmount;
  }

  lastHeartbeat(): number | null {
    return this.#context.getWebSocketAutoResponseTimestamp(this.#socket)?.getTime() ?? null;
  }

  save(session: Session): void {
    const { identity, feed } = session;
    const follows = this.#followsOf(session);
    this.#socket.serializeAttachment({
      version: VERSION,
      connection: session.connection,
      user: identity.user,
      kind: identity.kind,
      operations: identity.operations,
      issuedAt: identity.issuedAt,
      expires: identity.expires,
      connectedAt: session.connectedAt,
      signUntil: session.signSavedUntil,
      ...(session.disbelieved === null ? {} : { disbelieved: session.disbelieved }),
      member: session.member,
      presence: session.presence,
      echo: session.echo,
      acks: session.acks,
      transport: session.transport,
      view: session.view,
      signals: session.signals,
      replay: feed.kind === "live" ? null : { epoch: feed.epoch, position: feed.position },
      ...(follows === null ? {} : { follows }),
    } satisfies Attachment);
  }
}

/** What was written down of a socket before a hibernation; null if it cannot be understood. */
export function attachmentOf(socket: WebSocket): Attachment | null {
  const attachment = socket.deserializeAttachment() as Attachment | null;
  return attachment?.version === VERSION ? attachment : null;
}

/** The session of a socket from before a hibernation. */
export function wakeSession(attachment: Attachment, subscriber: SocketSubscriber, config: Config): Session {
  const { user, kind, operations, issuedAt, expires, connectedAt, signUntil, disbelieved = null, replay } = attachment;
  const identity: Identity = { user, kind, operations, issuedAt, expires, info: null };
  const session = newSession(identity, attachment, subscriber, config, connectedAt);
  return {
    ...session,
    member: attachment.member,
    lastFrameAt: signUntil,
    signSavedUntil: signUntil,
    disbelieved,
    feed: replay === null ? { kind: "live" } : { kind: "replay", ...replay },
  };
}
