/**
 * A relay's channel: its log is a copy of the end of its room's, and what the room sends goes to all who are connected
 * here. (SPEC RELAY-2)
 */
import type { Cursor } from "../protocol/cursor.ts";
import type { Log } from "../storage/log.ts";
import { cutIntoChunks, type Entry } from "./batch.ts";
import type { Channel } from "./channel.ts";
import { gapFrame } from "./encode.ts";
import { sendChunks } from "./fan-out.ts";
import { passedSignals } from "./frame.ts";
import { gapBetween } from "./history.ts";
import { deliver, type Session } from "./session.ts";

export class Relayed {
  readonly #channel: Channel;
  readonly #log: Log;

  constructor(channel: Channel, log: Log) {
    this.#channel = channel;
    this.#log = log;
  }

  /** Up to where the room's log is here. */
  get at(): Cursor {
    return this.#log.head ?? { epoch: "", seq: 0 };
  }

  /** Messages that follow on: written, then told. */
  append(entries: readonly Entry[], now: number): void {
    if (entries.length === 0) return;
    const channel = this.#channel;
    channel.endOver(now);
    channel.endSlow(now);
    const chunks = cutIntoChunks(entries);
    this.#log.append(chunks, now);
    channel.host.deadlinesChanged();
    const muted = new Set<Session>();
    for (const { origin } of entries) if (origin?.echo === false) muted.add(origin);
    sendChunks(chunks, muted, this.at.epoch, channel.sessions);
    channel.sent(chunks.reduce((sum, { bytes }) => sum + bytes, 0));
  }

  /** The room's log was cleared: as `Administration.clear`. */
  clear(epoch: string, now: number): void {
    const before = this.at;
    this.#log.adopt({ epoch, seq: 0, at: now, bytes: 0 });
    const head = { epoch, seq: 0 };
    const gap = gapFrame(gapBetween(before, { epoch, oldest: 1, head: 0 }, "epoch"), head);
    // Who is still being fed hears it with the next page.
    for (const session of this.#channel.sessions) if (session.feed.kind === "live") deliver(session, gap);
  }

  /** Signals from elsewhere. */
  signals(text: string): void {
    const frame = passedSignals(text);
    for (const session of this.#channel.sessions) if (session.signals) deliver(session, frame);
    this.#channel.sent(frame.bytes);
  }
}
