/** Signals: sent on at once, never stored. Of one batch the last with the same connection, event and key wins; those
 * without a key are all sent. (SPEC SIGNAL-1, SIGNAL-2) */
import type { Config } from "../config.ts";
import { type Failure, failure } from "../protocol/codes.ts";
import { type Json, utf8Length } from "../protocol/json.ts";
import { type Frame, signalsFrame } from "./frame.ts";
import { deliver, type Session } from "./session.ts";

export interface SignalDraft {
  readonly event: string;
  readonly data: Json;
  readonly key?: string;
}

/** Who sends it. */
export interface SignalSender {
  readonly userJson: string;
  /** The session that it comes from, and does not go back to; null: none. */
  readonly origin: Session | null;
  /** The origin's, or one that the origin stands for; null: nobody's. */
  readonly connection: string | null;
}

interface Pending {
  readonly origin: Session | null;
  readonly text: string;
}

/** Most bytes of signals in one frame, unless one signal alone is larger. */
const FRAME_UNITS = 64 * 1024;

export class Signals {
  #pending = new Map<string, Pending>();
  #unkeyed = 0;
  #units = 0;

  get isEmpty(): boolean {
    return this.#pending.size === 0;
  }

  /** How many wait for the next flush. */
  get size(): number {
    return this.#pending.size;
  }

  /** How much they are, in UTF-16 units. */
  get units(): number {
    return this.#units;
  }

  /** Why no more are taken, or not this one; null if it is. */
  refusalFor({ data }: SignalDraft, { PENDING_MESSAGES, PENDING_BYTES, MESSAGE_DATA_BYTES }: Config): Failure | null {
    if (this.size >= PENDING_MESSAGES || this.units >= PENDING_BYTES)
      return failure("overloaded", "Too many signals wait to be sent.", 1000);
    if (utf8Length(JSON.stringify(data)) > MESSAGE_DATA_BYTES)
      return failure("too_large", `"data" may be at most ${MESSAGE_DATA_BYTES} bytes of JSON.`);
    return null;
  }

  add({ event, data, key }: SignalDraft, { userJson, origin, connection }: SignalSender, now: number): void {
    const isReplaceable = connection !== null && key !== undefined;
    const slot = isReplaceable ? JSON.stringify([connection, event, key]) : String(this.#unkeyed++);
    const from = connection === null ? "" : `,"connection":"${connection}"`;
    const keyed = key === undefined ? "" : `,"key":${JSON.stringify(key)}`;
    const text = `{"user":${userJson}${from},"event":"${event}","data":${JSON.stringify(data)}${keyed},"at":${now}}`;
    this.#units += text.length - (this.#pending.get(slot)?.text.length ?? 0);
    this.#pending.delete(slot); // so that it takes the place of the last, not of the first
    this.#pending.set(slot, { origin, text });
  }

  /** Sends what waits to every session but its sender's. */
  flush(sessions: Iterable<Session>): void {
    if (this.isEmpty) return;
    const signals = [...this.#pending.values()];
    this.#pending.clear();
    this.#units = 0;
    const senders = new Set(signals.map(({ origin }) => origin));
    const all = signalFrames(signals);
    for (const session of sessions) {
      if (!session.signals) continue;
      const frames = senders.has(session) ? signalFrames(signals.filter(({ origin }) => origin !== session)) : all;
      for (const frame of frames) deliver(session, frame);
    }
  }
}

function signalFrames(signals: readonly Pending[]): Frame[] {
  const frames: Frame[] = [];
  let texts: string[] = [];
  let units = 0;
  for (const { text } of signals) {
    if (texts.length > 0 && units + text.length > FRAME_UNITS) {
      frames.push(signalsFrame(texts));
      texts = [];
      units = 0;
    }
    texts.push(text);
    units += text.length + 1;
  }
  if (texts.length > 0) frames.push(signalsFrame(texts));
  return frames;
}
