/**
 * One frame to everybody: encoded once, sent many times. A send costs the same 15 to 30 us whatever its size, so what
 * counts is how few there are.
 */
import type { LogChunk } from "../storage/log.ts";
import type { Batch, Entry } from "./batch.ts";
import { ackFields, ackFrame, acksFrame, messagesFrame, receiptFields } from "./encode.ts";
import type { Session } from "./session.ts";

/** What one flush sends to a live reader: the frames, and their bytes. */
interface View {
  readonly frames: readonly string[];
  readonly bytes: number;
}

/** Sends the chunks of a flush to every live session, each without what it published itself if it asked for that. */
export function sendChunks(chunks: readonly LogChunk[], batch: Batch, sessions: Iterable<Session>): void {
  if (chunks.length === 0) return;
  const everything: View = {
    frames: chunks.map(({ text }) => messagesFrame(text)),
    bytes: chunks.reduce((sum, { bytes }) => sum + bytes, 0),
  };
  for (const session of sessions) {
    if (session.feed.kind !== "live") continue;
    const view = batch.muted.has(session) ? viewWithout(session, chunks) : everything;
    for (const frame of view.frames) session.subscriber.send(frame);
    session.backlog.sentSince += view.bytes;
  }
}

function viewWithout(publisher: Session, chunks: readonly LogChunk[]): View {
  const frames: string[] = [];
  let bytes = 0;
  for (const chunk of chunks) {
    const others = (chunk.entries as readonly Entry[]).filter(({ origin }) => origin !== publisher);
    if (others.length === 0) continue;
    frames.push(messagesFrame(others.map(({ text }) => text).join(",")));
    for (const entry of others) bytes += entry.bytes;
  }
  return { frames, bytes };
}

/** Acknowledges the messages of a flush: one frame each, or, to who asked for that, one for all. */
export function sendAcks({ acks }: Batch, epoch: string): void {
  const collected = new Map<Session, string>();
  for (const { session, ref, receipt } of acks) {
    const fields = receiptFields(receipt, epoch);
    if (session.acks === "single") session.subscriber.send(ackFrame(ref, fields));
    else {
      const before = collected.get(session);
      const ack = `{${ackFields(ref, fields)}}`;
      collected.set(session, before === undefined ? ack : `${before},${ack}`);
    }
  }
  for (const [session, text] of collected) session.subscriber.send(acksFrame(text));
}
