/** What a `Log` must answer, by a plain array of everything that was ever appended to it. */
import type { LogSlice } from "../../src/storage/log.ts";
import type { LogEntry } from "../../src/storage/log-row.ts";
import type { Retention } from "../../src/storage/log-window.ts";

export class LogModel {
  readonly #retention: Retention;
  readonly all: LogEntry[] = [];

  constructor(retention: Retention) {
    this.#retention = retention;
  }

  get head(): number {
    return this.all.length;
  }

  retained(now: number): LogEntry[] {
    const { messages, age, bytes } = this.#retention;
    const kept: LogEntry[] = [];
    let sum = 0;
    for (const message of this.all.toReversed()) {
      sum += message.bytes;
      if (kept.length >= messages || message.at < now - age || sum > bytes) break;
      kept.push(message);
    }
    return kept.reverse();
  }

  oldest(now: number): number {
    return this.head - this.retained(now).length + 1;
  }

  readAfter(after: number, until: number, maxCount: number, maxBytes: number, now: number): LogSlice {
    const asked = this.retained(now).filter(({ seq }) => seq > after && seq <= until);
    const taken = asked.slice(0, fitting(asked, maxCount, maxBytes));
    return { first: Math.max(after + 1, this.oldest(now)), texts: taken.map(({ text }) => text) };
  }

  readBefore(before: number, after: number, maxCount: number, maxBytes: number, now: number): LogSlice {
    const asked = this.retained(now).filter(({ seq }) => seq > after && seq < before);
    const count = fitting(asked.toReversed(), maxCount, maxBytes);
    const taken = asked.slice(asked.length - count);
    return { first: Math.min(before, this.head + 1) - count, texts: taken.map(({ text }) => text) };
  }

  firstSince(at: number, now: number): number {
    return this.retained(now).find((message) => message.at >= at)?.seq ?? this.head + 1;
  }
}

/** How many of `messages` go on a page, commas counted: at least one, if there is one. */
function fitting(messages: readonly LogEntry[], maxCount: number, maxBytes: number): number {
  let [count, sum] = [0, 0];
  for (const { bytes } of messages) {
    sum += bytes + (count > 0 ? 1 : 0);
    if (count > 0 && (count >= maxCount || sum > maxBytes)) break;
    count++;
  }
  return count;
}
