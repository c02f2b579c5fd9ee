/**
 * One frame to everybody: encoded once, sent many times. A send costs the same 15 to 30 us whatever its size, so what
 * counts is how few there are.
 */
import type { LogChunk } from "../storage/log.ts";
import type { Ack, Entry } from "./batch.ts";
import { ackFields, ackFrame, acksFrame, receiptFields } from "./encode.ts";
import { type Frame, messagesFrame, placed, step } from "./frame.ts";
import { type Place, stretch } from "./place.ts";
import { deliver, reply, type Session } from "./session.ts";

/**
 * Sends the chunks of a flush to every live session.
 * @param muted who does not want back what it published itself
 */
export function sendChunks(
  chunks: readonly LogChunk[],
  muted: ReadonlySet<Session>,
  epoch: string,
  sessions: Iterable<Session>,
): void {
  const everything = chunks.map((chunk) =>
    placed(
      messagesFrame(chunk.text, epoch, () => chunk.entries, chunk.bytes),
      placeOf(chunk, epoch),
    ),
  );
  for (const session of sessions) {
    if (session.feed.kind !== "live") continue;
    const frames = muted.has(session) ? framesWithout(session, chunks, epoch) : everything;
    for (const frame of frames) deliver(session, frame);
  }
}

function framesWithout(publisher: Session, chunks: readonly LogChunk[], epoch: string): Frame[] {
  return chunks.flatMap((chunk) => {
    const others = (chunk.entries as readonly Entry[]).filter(({ origin }) => origin !== publisher);
    const joined = others.map(({ text }) => text).join(",");
    const place = placeOf(chunk, epoch);
    if (others.length === 0) return publisher.subscriber.isRemote ? [step(place)] : [];
    return [
      placed(
        messagesFrame(joined, epoch, () => others),
        place,
      ),
    ];
  });
}

function placeOf({ entries }: LogChunk, epoch: string): Place {
  const [first, last] = [entries[0] as Entry, entries.at(-1) as Entry];
  return stretch(epoch, first.seq - 1, last.seq);
}

/** Acknowledges the messages of a flush: one frame each, or, to who asked for that, one for all. */
export function sendAcks(acks: readonly Ack[], epoch: string): void {
  const collected = new Map<Session, string>();
  for (const { session, ref, receipt } of acks) {
    const fields = receiptFields(receipt, epoch);
    if (session.acks === "single") reply(session, ackFrame(ref, fields));
    else {
      const before = collected.get(session);
      const ack = `{${ackFields(ref, fields)}}`;
      collected.set(session, before === undefined ? ack : `${before},${ack}`);
    }
  }
  for (const [session, text] of collected) reply(session, acksFrame(text));
}
