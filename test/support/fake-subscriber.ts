import type { Session, Subscriber } from "../../src/core/session.ts";
import { saveSession } from "./saved-session.ts";

/** A peer's end of a connection: keeps what it is sent, and reads it when a test says so. */
export class FakeSubscriber implements Subscriber {
  /** Every frame, in order. None after its close. */
  readonly frames: string[] = [];
  closed: { readonly code: number; readonly reason: string } | null = null;
  /** What `unsent` answers; undefined: the runtime does not tell. */
  unsentBytes: number | undefined = 0;
  heartbeatAt: number | null = null;
  /** The session's last attachment. */
  saved: string | null = null;
  /** How many frames had been sent at each save. */
  readonly savedBefore: number[] = [];
  #taken = 0;

  send(frame: string): void {
    if (this.closed === null) this.frames.push(frame);
  }

  close(code: number, reason: string): void {
    this.closed ??= { code, reason };
  }

  unsent(): number | undefined {
    return this.unsentBytes;
  }

  lastHeartbeat(): number | null {
    return this.heartbeatAt;
  }

  save(session: Session): void {
    this.saved = saveSession(session);
    this.savedBefore.push(this.frames.length);
  }

  /** The frames since the last call, decoded. */
  // biome-ignore lint/suspicious/noExplicitAny: a test states what it expects in them
  news(): any[] {
    const fresh = this.frames.slice(this.#taken).map((frame) => JSON.parse(frame));
    this.#taken = this.frames.length;
    return fresh;
  }
}
