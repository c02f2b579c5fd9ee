/** What publishers tried and were told, against what stands in the log: I2 to I7. */
import { parseCursor } from "../../../src/protocol/cursor.ts";
import type { FailEvent, OkEvent, SendEvent } from "../history.ts";
import type { Findings } from "./findings.ts";
import { canonical, type Place, type Places } from "./places.ts";

/** The log as it was read when all was over. */
export interface FinalLog {
  readonly epoch: string;
  /** Of the oldest message read; head + 1 if there is none. */
  readonly oldest: number;
  readonly head: number;
}

interface Attempt {
  readonly send: SendEvent;
  /** The highest place that was acknowledged to anybody before it was sent. */
  readonly floor: OkEvent | undefined;
  ok?: OkEvent;
  fail?: FailEvent;
}

/** All attempts at one message: the same user, id and data; without an id the data alone tells. */
interface Publication {
  readonly attempts: Attempt[];
  readonly places: Place[];
}

export class Publishing {
  readonly #findings: Findings;
  readonly #places: Places;
  readonly #attempts = new Map<string, Attempt>();
  readonly #publications = new Map<string, Publication>();
  readonly #floors = new Map<string, OkEvent>();

  constructor(findings: Findings, places: Places) {
    this.#findings = findings;
    this.#places = places;
  }

  send(send: SendEvent): void {
    if (this.#attempts.has(send.op)) throw new Error(`the history has two operations ${send.op}`);
    const attempt: Attempt = { send, floor: this.#floors.get(send.channel) };
    this.#attempts.set(send.op, attempt);
    const key = keyOf(send.channel, send.user, send.id, send.data);
    const known = this.#publications.get(key);
    if (known === undefined) this.#publications.set(key, { attempts: [attempt], places: [] });
    else known.attempts.push(attempt);
  }

  /** Answers the channel it was sent to. */
  ok(ok: OkEvent): string {
    const attempt = this.#attempt(ok.op);
    if (attempt.ok !== undefined || attempt.fail !== undefined)
      this.#findings.add("I7", `${ok.op} was answered twice`, attempt.send, attempt.ok ?? attempt.fail, ok);
    attempt.ok = ok;
    const { channel } = attempt.send;
    const floor = this.#floors.get(channel);
    if (floor === undefined || isAbove(ok.cursor, floor.cursor)) this.#floors.set(channel, ok);
    return channel;
  }

  fail(fail: FailEvent): void {
    this.#attempt(fail.op).fail = fail;
  }

  /** The highest acknowledged so far. */
  floor(channel: string): OkEvent | undefined {
    return this.#floors.get(channel);
  }

  /** @param logs by channel */
  finish(logs: ReadonlyMap<string, FinalLog>): void {
    this.#findAuthors();
    for (const attempt of this.#attempts.values()) if (attempt.ok) this.#checkOk(attempt, attempt.ok, logs);
    for (const publication of this.#publications.values()) this.#checkPublication(publication);
    this.#checkOrder();
  }

  /** The publication that each message is: I3 and I4. */
  #findAuthors(): void {
    for (const place of this.#places.all()) {
      const { user, id, data } = place.message;
      const known =
        this.#publications.get(keyOf(place.channel, user, id, data)) ??
        this.#publications.get(keyOf(place.channel, user, null, data));
      if (known === undefined)
        this.#findings.add("I4", `nobody published what is at ${place.epoch}-${place.seq}`, place.event);
      else known.places.push(place);
    }
  }

  #checkOk({ send, floor }: Attempt, ok: OkEvent, logs: ReadonlyMap<string, FinalLog>): void {
    const place = this.#places.find(send.channel, ok.cursor);
    const position = parseCursor(ok.cursor);
    const log = logs.get(send.channel);
    if (position === null) return this.#findings.add("I7", `an ack of ${ok.cursor}, which is no cursor`, send, ok);
    if (place === undefined) {
      if (log?.epoch === position.epoch && position.seq >= log.oldest)
        this.#findings.add("I2", `${ok.cursor} was acknowledged, and is not in the log`, send, ok);
    } else {
      const { user, id, at, data } = place.message;
      if (user !== send.user || canonical(data) !== canonical(send.data) || (send.id !== null && send.id !== id))
        this.#findings.add("I2", `${ok.cursor} was acknowledged, and another message is there`, send, ok, place.event);
      else if (ok.id !== id || ok.at !== at)
        this.#findings.add("I7", `the ack of ${ok.cursor} speaks of another`, send, ok, place.event);
    }
    if (floor && !ok.duplicate && isSameLife(ok.cursor, floor.cursor) && !isAbove(ok.cursor, floor.cursor))
      this.#findings.add("I6", `${ok.cursor} was published after ${floor.cursor} was acknowledged`, floor, send, ok);
  }

  #checkPublication({ attempts, places }: Publication): void {
    const [first] = attempts as [Attempt];
    const oks = attempts.flatMap(({ ok }) => ok ?? []);
    if (oks.length === 0 && attempts.every(({ fail }) => fail !== undefined) && places.length > 0)
      this.#findings.add(
        "I3",
        `${first.send.op} was refused, and is in the log`,
        first.send,
        first.fail,
        places[0]?.event,
      );
    for (const [one, other] of pairs(sorted(places))) {
      if (one.epoch !== other.epoch) continue;
      // Without an id each attempt is a message of its own.
      const isMeant = first.send.id === null && places.length <= attempts.length;
      if (!isMeant && !this.#places.mayBeGone(one, other.seq - 1, other.message.at))
        this.#findings.add("I3", `one message at ${one.epoch}-${one.seq} and -${other.seq}`, one.event, other.event);
    }
    if (first.send.id === null) return;
    for (const [one, other] of pairs(oks)) {
      if (one.cursor === other.cursor || !isSameLife(one.cursor, other.cursor)) continue;
      const [low, high] = isAbove(one.cursor, other.cursor) ? [other, one] : [one, other];
      const position = parseCursor(low.cursor);
      const head = parseCursor(high.cursor)?.seq ?? 0;
      const place = { channel: first.send.channel, epoch: "", seq: 0, ...position, message: low };
      if (!this.#places.mayBeGone(place, head - 1, high.at))
        this.#findings.add("I7", `${first.send.id} was acknowledged as ${low.cursor} and ${high.cursor}`, one, other);
    }
  }

  /** One connection's frames, in the order in which they were sent: I5. And I6 for those without an answer. */
  #checkOrder(): void {
    const last = new Map<string, { attempt: Attempt; cursor: string }>();
    for (const attempt of this.#attempts.values()) {
      const { send, ok, floor } = attempt;
      const cursor = ok === undefined ? this.#foundAt(attempt) : ok.duplicate ? null : ok.cursor;
      if (cursor === null) continue;
      if (ok === undefined && floor && isSameLife(cursor, floor.cursor) && !isAbove(cursor, floor.cursor))
        this.#findings.add("I6", `${cursor} was published after ${floor.cursor} was acknowledged`, floor, send);
      if (send.connection === null || send.over === "http") continue;
      const before = last.get(send.connection);
      if (before !== undefined && isSameLife(cursor, before.cursor) && !isAbove(cursor, before.cursor))
        this.#findings.add("I5", `${cursor} was sent after ${before.cursor}`, before.attempt.send, send);
      else last.set(send.connection, { attempt, cursor });
    }
  }

  /** Where an attempt without an answer got to; null: nowhere, or it cannot be told which attempt it was. */
  #foundAt({ send, fail }: Attempt): string | null {
    const known = this.#publications.get(keyOf(send.channel, send.user, send.id, send.data));
    const place = known?.places[0];
    if (fail !== undefined || known?.attempts.length !== 1 || known.places.length !== 1 || !place) return null;
    return `${place.epoch}-${place.seq}`;
  }

  #attempt(op: string): Attempt {
    const attempt = this.#attempts.get(op);
    if (attempt === undefined) throw new Error(`the history has an answer to ${op}, which was never sent`);
    return attempt;
  }
}

function keyOf(channel: string, user: string, id: string | null, data: unknown): string {
  return `${channel}\n${user}\n${id ?? ""}\n${canonical(data)}`;
}

export function isSameLife(one: string, other: string): boolean {
  return parseCursor(one)?.epoch === parseCursor(other)?.epoch;
}

/** Of two in one life; one of another life is above whatever was before. */
export function isAbove(one: string, other: string): boolean {
  const [a, b] = [parseCursor(one), parseCursor(other)];
  return a === null || b === null || a.epoch !== b.epoch || a.seq > b.seq;
}

function pairs<T>(items: readonly T[]): [T, T][] {
  return items.slice(1).map((item, index) => [items[index] as T, item]);
}

function sorted(places: readonly Place[]): Place[] {
  return places.toSorted((a, b) => (a.epoch === b.epoch ? a.seq - b.seq : a.epoch < b.epoch ? -1 : 1));
}
