import { MORE } from "../../src/core/pull.ts";
import type { Session, Subscriber } from "../../src/core/session.ts";
import { type EventBlock, eventBlocks } from "./event-blocks.ts";
import { saveSession } from "./saved-session.ts";

/** A peer's end of a connection: keeps what it is sent, and reads it when a test says so. */
export class FakeSubscriber implements Subscriber {
  /** Every frame, in order; what came as bytes, as the text they are. None after its close. */
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

  send(frame: string | Uint8Array): void {
    if (this.closed !== null) return;
    this.frames.push(typeof frame === "string" ? frame : new TextDecoder("utf-8", { fatal: true }).decode(frame));
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

  /** The frames since the last call. */
  fresh(): string[] {
    const fresh = this.frames.slice(this.#taken);
    this.#taken = this.frames.length;
    return fresh;
  }

  /** The same, decoded. */
  // biome-ignore lint/suspicious/noExplicitAny: a test states what it expects in them
  news(): any[] {
    return this.fresh().map((frame) => JSON.parse(frame));
  }

  /** The same of one who reads events; a word between the edge and the object is a block of that name. */
  events(): EventBlock[] {
    return this.fresh().flatMap((frame) =>
      frame === MORE ? [{ name: MORE, id: null, data: null, retry: null }] : eventBlocks(frame),
    );
  }
}
