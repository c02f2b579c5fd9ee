/** What passed over one person's network: the last of it, and how much it was. */
import type { Frame } from "./network.ts";

/** Frames that are kept. */
const KEPT = 80;

export class FrameLog {
  readonly last: Frame[] = [];
  in = 0;
  out = 0;
  bytesIn = 0;
  bytesOut = 0;
  /** Grows with each. */
  serial = 0;

  readonly add = (frame: Frame): void => {
    this.last.push(frame);
    if (this.last.length > KEPT) this.last.shift();
    this.serial++;
    this[frame.direction]++;
    this[frame.direction === "in" ? "bytesIn" : "bytesOut"] += new TextEncoder().encode(frame.text).length;
  };
}
