/** One subscriber over all its connections: I10 to I12. */
import { parseCursor } from "../../../../src/protocol/cursor.ts";
import type { GapFrame, MessagesFrame } from "../../../../src/protocol/frames.ts";

export interface Position {
  readonly epoch: string;
  readonly seq: number;
}

export class Chain {
  /** Everything up to here has arrived; null: nothing is known yet. */
  position: Position | null = null;

  /** @param isOwn whether a message may be missing, because this very connection published it and wants no echo */
  take(frame: MessagesFrame | GapFrame, isOwn: (position: Position) => boolean): void {
    if (frame.type === "gap") return this.#jump(frame);
    for (const { seq } of frame.messages) this.#step(seq, isOwn);
  }

  /** Whether all messages up to `seq` have arrived, but for one's own. */
  isAt({ epoch, seq }: Position, isOwn: (position: Position) => boolean): boolean {
    const { position } = this;
    if (position === null || position.epoch !== epoch || position.seq > seq) return false;
    for (let missing = position.seq + 1; missing <= seq; missing++) if (!isOwn({ epoch, seq: missing })) return false;
    return true;
  }

  #step(seq: number, isOwn: (position: Position) => boolean): void {
    const { position } = this;
    if (position === null) throw new Error("messages came before the welcome");
    if (seq <= position.seq) throw new Error(`I10: ${seq} came again, after ${position.seq}`);
    if (!this.isAt({ epoch: position.epoch, seq: seq - 1 }, isOwn))
      throw new Error(`I11: ${seq} came after ${position.seq}, and nobody told of a gap`);
    this.position = { epoch: position.epoch, seq };
  }

  #jump({ after, oldest, reason, cursor }: GapFrame): void {
    const { position } = this;
    const to = parseCursor(oldest ?? cursor ?? "");
    const from = parseCursor(after);
    if (position === null || to === null || from === null) throw new Error("I11: a gap from or to nowhere");
    if (from.epoch !== position.epoch || from.seq < position.seq)
      throw new Error(`I11: a gap after ${after}, not here`);
    const next = { epoch: to.epoch, seq: oldest === null ? to.seq : to.seq - 1 };
    const isTrue = reason === "epoch" ? from.epoch !== to.epoch : from.epoch === to.epoch && from.seq < next.seq;
    if (!isTrue || reason === "ahead")
      throw new Error(`I11: a gap (${reason}) from ${after}, though nothing is missing`);
    this.position = next;
  }
}
