/** What requests saw of the log, in the order of time, and the log when all was over: I2, I4, I8 and I9. */
import { parseCursor } from "../../../src/protocol/cursor.ts";
import type {
  ConnectEvent,
  FaultEvent,
  HistoryEvent,
  OkEvent,
  PageEvent,
  ReadEvent,
  WelcomeEvent,
} from "../history.ts";
import type { Findings } from "./findings.ts";
import type { Places } from "./places.ts";
import { type FinalLog, isAbove, isSameLife } from "./publishing.ts";

/** What was known of a log at a moment: whatever is asked from then on must not be behind it. */
interface Known {
  readonly epoch: string;
  readonly head: number;
  readonly oldest: number;
  readonly event: HistoryEvent;
}

interface Question {
  readonly event: ReadEvent | ConnectEvent;
  readonly known: Known | undefined;
  readonly acknowledged: OkEvent | undefined;
}

interface Pages extends FinalLog {
  readonly last: PageEvent;
}

export class Reading {
  readonly #findings: Findings;
  readonly #places: Places;
  readonly #known = new Map<string, Known>();
  readonly #epochs = new Map<string, Set<string>>();
  /** Lives of a log that are over, `<channel> <epoch>`, and since when, ms. */
  readonly #past = new Map<string, number>();
  readonly #questions = new Map<string, Question>();
  /** How often a log may have begun anew. */
  readonly #beginnings = new Map<string, number>();
  readonly #logs = new Map<string, Pages>();
  #isRestored = false;

  constructor(findings: Findings, places: Places) {
    this.#findings = findings;
    this.#places = places;
  }

  fault({ kind, channel = "", most = 1 }: FaultEvent): void {
    if (kind === "restore") this.#isRestored = true;
    if (kind === "wipe" || kind === "clear" || kind === "erase")
      this.#beginnings.set(channel, (this.#beginnings.get(channel) ?? 0) + most);
  }

  /** A request begins. */
  asked(event: ReadEvent | ConnectEvent, acknowledged: OkEvent | undefined): void {
    const name = event.type === "read" ? event.op : event.connection;
    this.#questions.set(name, { event, known: this.#known.get(event.channel), acknowledged });
  }

  /** Somebody knows of that place. */
  saw(channel: string, cursor: string, event: HistoryEvent): void {
    const position = parseCursor(cursor);
    if (position === null) return this.#findings.add("I4", `${cursor} is no cursor`, event);
    this.#sawEpoch(channel, position.epoch, event);
    const known = this.#known.get(channel);
    if (known?.epoch === position.epoch) {
      if (position.seq > known.head) this.#known.set(channel, { ...known, head: position.seq, event });
    } else if (known === undefined)
      this.#known.set(channel, { epoch: position.epoch, head: position.seq, oldest: 1, event });
  }

  welcome(channel: string, event: WelcomeEvent): void {
    const { connection, cursor } = event;
    if (cursor === null) return;
    const question = this.#questions.get(connection);
    if (question !== undefined) this.#answered(question, cursor, event, true);
    this.saw(channel, cursor, event);
  }

  page(event: PageEvent): void {
    const question = this.#questions.get(event.op);
    const end = parseCursor(event.cursor);
    if (question === undefined || end === null) throw new Error(`the history has a page ${event.op} out of nothing`);
    const { channel, after } = question.event as ReadEvent;
    let before: number | null = null;
    for (const text of event.messages) {
      const place = this.#places.observe(channel, end.epoch, text, event);
      if (place === null) continue;
      if (before !== null && place.seq !== before + 1)
        this.#findings.add("I1", `after ${before} the page has ${place.seq}`, question.event, event);
      before = place.seq;
    }
    this.#answered(question, event.cursor, event, !event.more || after === null);
    this.#checkOldest(question, event);
    this.saw(channel, event.cursor, event);
    if (event.final) this.#addFinal(channel, event);
  }

  /** The logs at the end, by channel. */
  finish(): ReadonlyMap<string, FinalLog> {
    for (const { channel, epoch, seq, event } of this.#places.all()) {
      const log = this.#logs.get(channel);
      if (log?.epoch === epoch && seq > log.head)
        this.#findings.add("I4", `${seq} was delivered, and the log ends at ${log.head}`, event, log.last);
    }
    for (const [channel, log] of this.#logs) {
      const gone = this.#places.find(channel, `${log.epoch}-${log.oldest - 1}`);
      if (gone !== undefined && !this.#places.mayBeGone(gone, log.head, log.last.t))
        this.#findings.add(
          "I2",
          `${gone.seq} is not in the log any more, and nothing has taken it`,
          gone.event,
          log.last,
        );
      const known = this.#known.get(channel);
      if (known?.epoch === log.epoch && known.head > log.head)
        this.#findings.add("I4", `the head was ${known.head}, and the log ends at ${log.head}`, known.event, log.last);
    }
    return this.#logs;
  }

  #sawEpoch(channel: string, epoch: string, event: HistoryEvent): void {
    const epochs = this.#epochs.get(channel) ?? new Set();
    this.#epochs.set(channel, epochs);
    if (epochs.has(epoch)) return;
    epochs.add(epoch);
    const allowed = 1 + (this.#beginnings.get(channel) ?? 0) + (this.#beginnings.get("") ?? 0);
    if (epochs.size > allowed && !this.#isRestored)
      this.#findings.add("I2", `${channel} began anew (${epoch}), and nobody had cleared it`, event);
  }

  /** @param isHead whether the answer reached the head */
  #answered(
    { event: asked, known, acknowledged }: Question,
    cursor: string,
    event: HistoryEvent,
    isHead: boolean,
  ): void {
    const position = parseCursor(cursor);
    if (this.#isRestored || position === null) return;
    const { channel } = asked;
    if (isHead && acknowledged && isSameLife(acknowledged.cursor, cursor) && isAbove(acknowledged.cursor, cursor))
      this.#findings.add(
        "I9",
        `a read up to ${cursor} after the ack of ${acknowledged.cursor}`,
        acknowledged,
        asked,
        event,
      );
    if (known === undefined) return;
    if (isHead && known.epoch === position.epoch && position.seq < known.head)
      this.#findings.add("I8", `the head went back from ${known.head} to ${position.seq}`, known.event, asked, event);
    const pastSince = this.#past.get(`${channel} ${position.epoch}`);
    if (pastSince !== undefined && pastSince < asked.t)
      this.#findings.add("I8", `${position.epoch} came back after ${known.epoch}`, known.event, asked, event);
    // Asked for after the other life was known: so it came after it.
    if (pastSince !== undefined || position.epoch === known.epoch) return;
    if (this.#known.get(channel)?.epoch !== known.epoch) return;
    this.#past.set(`${channel} ${known.epoch}`, event.t);
    this.#known.set(channel, { epoch: position.epoch, head: isHead ? position.seq : 0, oldest: 1, event });
  }

  #checkOldest({ event: asked, known }: Question, event: PageEvent): void {
    const oldest = event.oldest === null ? null : parseCursor(event.oldest);
    if (oldest === null) return;
    const { channel } = asked;
    if (known?.epoch === oldest.epoch && oldest.seq < known.oldest)
      this.#findings.add("I8", `the oldest went back from ${known.oldest} to ${oldest.seq}`, known.event, asked, event);
    const now = this.#known.get(channel);
    if (now?.epoch === oldest.epoch && oldest.seq > now.oldest)
      this.#known.set(channel, { ...now, oldest: oldest.seq, event });
  }

  #addFinal(channel: string, event: PageEvent): void {
    const end = parseCursor(event.cursor);
    const first = event.messages[0] === undefined ? null : (JSON.parse(event.messages[0]) as { seq: number }).seq;
    if (end === null) return;
    const before = this.#logs.get(channel);
    const isNext = before?.epoch === end.epoch;
    if (isNext && first !== null && first !== before.head + 1 && event.gap === null)
      this.#findings.add("I1", `after ${before.head} the log has ${first}`, before.last, event);
    const oldest = isNext ? before.oldest : (first ?? end.seq + 1);
    this.#logs.set(channel, { epoch: end.epoch, oldest, head: end.seq, last: event });
  }
}
