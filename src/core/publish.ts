/** Accepts messages into the batch: size, duplicate, conflict, room; then a seq. */
import type { Config } from "../config.ts";
import { CODES, type Failure, failure } from "../protocol/codes.ts";
import { type Json, utf8Length } from "../protocol/json.ts";
import type { Log } from "../storage/log.ts";
import { Batch, type Entry, type Receipt } from "./batch.ts";
import { contentHash } from "./hash.ts";
import { keyOf, RecentIds } from "./recent-ids.ts";
import type { Session } from "./session.ts";

/** A message as its publisher gave it. */
export interface Draft {
  /** Chosen by the publisher, who may repeat it; null: make one up. */
  readonly id: string | null;
  readonly event: string;
  readonly data: Json;
  /** What its publisher sent, where the application has made something else of it. */
  readonly original?: { readonly event: string; readonly data: Json };
}

/** Who publishes it. */
export interface Author {
  readonly user: string;
  readonly userJson: string;
  /** The connection it comes from, where one is known. */
  readonly session: Session | null;
}

export class Publisher {
  readonly #log: Log;
  readonly #config: Config;
  readonly #randomId: () => string;
  readonly #recent: RecentIds;
  #batch = new Batch();

  constructor(log: Log, config: Config, randomId: () => string) {
    this.#log = log;
    this.#config = config;
    this.#randomId = randomId;
    this.#recent = new RecentIds(log);
  }

  /** What waits for the next flush. */
  get batch(): Batch {
    return this.#batch;
  }

  /** Puts one message in the batch, or finds that it is there or in the log already. */
  accept({ id, event, data, original }: Draft, author: Author, now: number): Receipt | Failure {
    const dataText = JSON.stringify(data);
    const dataBytes = utf8Length(dataText);
    const { MESSAGE_DATA_BYTES, PENDING_BYTES, PENDING_MESSAGES } = this.#config;
    if (dataBytes > MESSAGE_DATA_BYTES)
      return failure("too_large", `"data" may be at most ${MESSAGE_DATA_BYTES} bytes of JSON.`);

    const key = id === null ? null : keyOf(author.user, id);
    const hash =
      id === null
        ? 0
        : original
          ? contentHash(original.event, JSON.stringify(original.data))
          : contentHash(event, dataText);
    const earlier = key === null ? undefined : (this.#batch.find(key) ?? this.#recent.find(key, now));
    if (earlier !== undefined) {
      if (earlier.hash !== hash)
        return failure("id_conflict", "That id was used for another message; a retry must repeat event and data.");
      return { seq: earlier.seq, at: earlier.at, id: id as string, duplicate: true };
    }

    if (this.#batch.bytes + dataBytes > PENDING_BYTES || this.#batch.entries.length >= PENDING_MESSAGES)
      return failure("overloaded", CODES.overloaded.title, 1000);

    const head = this.#log.open(now);
    const entry = this.#entry(id ?? this.#randomId(), event, dataText, dataBytes, author, {
      seq: head.seq + this.#batch.entries.length + 1,
      at: Math.max(now, this.#batch.entries.at(-1)?.at ?? head.at),
      chosenId: id,
      hash,
    });
    this.#batch.add(entry, key);
    return { seq: entry.seq, at: entry.at, id: entry.id, duplicate: false };
  }

  /** Takes the batch out: it is about to be written. */
  take(): Batch {
    const batch = this.#batch;
    this.#batch = new Batch();
    return batch;
  }

  /** The batch is written: from now on the log knows its ids. */
  remember(batch: Batch, now: number): void {
    this.#recent.add(batch.keys(), now);
  }

  /** The log was cleared. */
  forget(): void {
    this.#recent.clear();
  }

  #entry(
    id: string,
    event: string,
    dataText: string,
    dataBytes: number,
    { user, userJson, session }: Author,
    stored: { seq: number; at: number; chosenId: string | null; hash: number },
  ): Entry {
    const { seq, at } = stored;
    // Only the data can hold anything but ASCII, so the rest is as many bytes as characters.
    const before = `{"seq":${seq},"id":${JSON.stringify(id)},"user":${userJson},"at":${at},"event":"${event}","data":`;
    return {
      ...stored,
      id,
      user,
      origin: session,
      text: `${before}${dataText}}`,
      bytes: before.length + dataBytes + 1,
    };
  }
}
