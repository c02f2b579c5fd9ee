/** Frames that wait because the application has not spoken yet about one before them. Bounded, like all that waits. */
import type { Session } from "../core/session.ts";

export type RawFrame = string | ArrayBuffer;

/** Of one connection. */
const MOST_FRAMES = 256;

export class HeldFrames {
  readonly #mostBytes: number;
  readonly #bySession = new Map<Session, RawFrame[]>();
  /** Of all connections together. */
  #bytes = 0;

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  /** From now on the session's frames are held. */
  begin(session: Session): void {
    this.#bySession.set(session, []);
  }

  has(session: Session): boolean {
    return this.#bySession.has(session);
  }

  /** False if there is no more room. */
  push(session: Session, frame: RawFrame): boolean {
    const held = this.#bySession.get(session);
    if (held === undefined || held.length >= MOST_FRAMES || this.#bytes + sizeOf(frame) > this.#mostBytes) return false;
    held.push(frame);
    this.#bytes += sizeOf(frame);
    return true;
  }

  /** The session's frames are held no longer: here they are, in order. */
  end(session: Session): RawFrame[] {
    const held = this.#bySession.get(session) ?? [];
    this.#bySession.delete(session);
    for (const frame of held) this.#bytes -= sizeOf(frame);
    return held;
  }
}

function sizeOf(frame: RawFrame): number {
  return typeof frame === "string" ? frame.length : frame.byteLength;
}
