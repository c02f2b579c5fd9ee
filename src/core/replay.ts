/**
 * Feeds the readers that are behind, page by page, as fast as each reads: a replay never blocks the room, and memory
 * holds a page per reader. Once a reader is at the head it is live, in the same turn, so the seam has no room for a
 * message to be lost or doubled in. (SPEC RESUME-5)
 */
import { CLOSE_RESTART } from "../protocol/codes.ts";
import type { Log, LogHead, LogSlice } from "../storage/log.ts";
import { CHUNK_BYTES, CHUNK_MESSAGES } from "./batch.ts";
import { between } from "./clock.ts";
import { gapFrame } from "./encode.ts";
import { type Frame, messagesFrame, placed, step } from "./frame.ts";
import { gapBefore } from "./history.ts";
import { MORE } from "./pull.ts";
import { resume } from "./resume.ts";
import { deliver, type Session } from "./session.ts";

/** The next page goes out when less than this is unsent. */
const REFILL_BYTES = 256 * 1024;
const READERS_AT_ONCE = 16;
const FIRST_WAIT = 5;
const LONGEST_WAIT = 100;
/** ms without the reader taking anything, then it is closed as slow. */
const STALL = 30_000;
/** Where the runtime does not tell what is unsent, a replay ends after this many bytes and the client resumes. */
const BLIND_BYTES = 4 * 1024 * 1024;

interface Progress {
  at: number;
  unsent: number;
  blindBytes: number;
}

export class Replays {
  readonly #log: Log;
  readonly #closeSlow: (session: Session, now: number) => void;
  /** In the order they came: the first `READERS_AT_ONCE` are fed. */
  readonly #readers = new Map<Session, Progress>();
  #wait = FIRST_WAIT;

  constructor(log: Log, closeSlow: (session: Session, now: number) => void) {
    this.#log = log;
    this.#closeSlow = closeSlow;
  }

  get isEmpty(): boolean {
    return this.#readers.size === 0;
  }

  /** Takes on a session whose feed is `replay`, and sends its first page now. */
  start(session: Session, now: number): void {
    if (asksForPages(session)) return this.pull(session, now);
    const progress = { at: now, unsent: 0, blindBytes: 0 };
    this.#readers.set(session, progress);
    if (this.#readers.size <= READERS_AT_ONCE) this.#sendPage(session, progress, now);
  }

  /** Sends the next page to a session that asks for each. One that is at the head has nothing more to ask for. */
  pull(session: Session, now: number): void {
    this.#sendPage(session, null, now);
    if (session.feed.kind === "replay" && session.transport !== "poll") session.subscriber.send(MORE);
  }

  /** Takes up a session that was being fed when the object went to sleep. */
  restore(session: Session, now: number): void {
    if (asksForPages(session)) return;
    this.#readers.set(session, { at: now, unsent: 0, blindBytes: 0 });
  }

  remove(session: Session): void {
    this.#readers.delete(session);
  }

  /** Feeds who has read enough. Answers the ms after which to call again; null: nobody is behind. */
  pump(now: number): number | null {
    let sent = false;
    for (const [session, progress] of [...this.#readers].slice(0, READERS_AT_ONCE)) {
      const unsent = session.subscriber.unsent();
      if (unsent === undefined || unsent < REFILL_BYTES) {
        this.#sendPage(session, progress, now);
        sent = true;
      } else if (unsent < progress.unsent) {
        progress.at = now;
        progress.unsent = unsent;
      } else {
        progress.unsent = unsent;
        if (between(progress.at, now) >= STALL) this.#closeSlow(session, now);
      }
    }
    if (this.#readers.size === 0) return null;
    this.#wait = sent ? FIRST_WAIT : Math.min(this.#wait * 2, LONGEST_WAIT);
    return sent ? 0 : this.#wait;
  }

  /** @param progress null: it asks for its pages, and nothing has to be guessed of how it reads */
  #sendPage(session: Session, progress: Progress | null, now: number): void {
    if (session.feed.kind !== "replay") return;
    const head = this.#log.open(now);
    const { epoch, position } = session.feed;
    const bounds = { epoch: head.epoch, oldest: this.#log.oldest(now), head: head.seq };
    // Asked anew for each page: retention may have overtaken the reader, or the log was cleared.
    const next = resume({ kind: "after", cursor: { epoch, seq: position } }, bounds);
    const slice = this.#log.readAfter(next.from, head.seq, CHUNK_MESSAGES, CHUNK_BYTES, now);
    const reached = slice.texts.length === 0 ? head.seq : slice.first + slice.texts.length - 1;
    this.#advance(session, head, reached);
    const gap = gapBefore(slice, { epoch, seq: position }, next, bounds);
    const before = { epoch, seq: position };
    // A reader that is told of a gap stands before what follows it.
    const from = gap === null ? before : { epoch: head.epoch, seq: slice.texts.length > 0 ? slice.first - 1 : reached };
    if (gap !== null)
      deliver(session, placed(gapFrame(gap, head), { epoch: head.epoch, previous: before, to: from.seq }));
    if (slice.texts.length > 0)
      deliver(session, placed(pageFrame(slice, head.epoch), { epoch: head.epoch, previous: from, to: reached }));
    else if (session.subscriber.isRemote) deliver(session, step({ epoch: head.epoch, previous: from, to: reached }));
    if (progress === null) return;
    progress.at = now;
    progress.unsent = session.subscriber.unsent() ?? 0;
    this.#limitBlindness(session, progress, slice.texts);
  }

  /** Writes the new position down before anything that depends on it is sent. */
  #advance(session: Session, head: LogHead, reached: number): void {
    const isLive = reached >= head.seq;
    session.feed = isLive ? { kind: "live" } : { kind: "replay", epoch: head.epoch, position: reached };
    if (isLive) this.#readers.delete(session);
    session.subscriber.save(session);
  }

  #limitBlindness(session: Session, progress: Progress, texts: readonly string[]): void {
    if (session.subscriber.unsent() !== undefined) return;
    for (const text of texts) progress.blindBytes += text.length;
    if (progress.blindBytes > BLIND_BYTES && this.#readers.has(session))
      session.subscriber.close(CLOSE_RESTART, "resume");
  }
}

/** Others are fed as they read. */
function asksForPages({ transport, subscriber }: Session): boolean {
  return transport !== "ws" || subscriber.isRemote === true;
}

function pageFrame({ texts, first }: LogSlice, epoch: string): Frame {
  return messagesFrame(texts.join(","), epoch, () => texts.map((text, index) => ({ seq: first + index, text })));
}
