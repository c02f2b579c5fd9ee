/**
 * What a relay's connections do that only the room can decide, in order: one call at a time, and what comes meanwhile goes
 * with the next. A call that fails is repeated under its number; every message has an id, so that it is stored once. When that
 * is of no use nobody knows what became of it, and who has published begins again. (SPEC RELAY-3)
 */
import type { Ack } from "../../core/batch.ts";
import type { HistoryQuery } from "../../core/history.ts";
import type { Session } from "../../core/session.ts";
import type { SignalDraft, SignalSender } from "../../core/signals.ts";
import type { Publication, Published, Upstream } from "../../core/upstream.ts";
import { CODES, closeCodeOf, type Failure, failure } from "../../protocol/codes.ts";
import type { Cursor } from "../../protocol/cursor.ts";
import { RETRIES } from "../backoff.ts";
import { within } from "../within.ts";
import type { UpAct, UpAnswer, UpCall } from "./calls.ts";
import { type PresenceNews, unitsOf } from "./presence-news.ts";
import { Unwanted } from "./unwanted.ts";

/** Acts of one call, and UTF-16 units of them unless one alone is larger. */
const CALL_ACTS = 1000;
const CALL_UNITS = 1024 * 1024;
/** ms that a call may take. */
const PATIENCE = 10_000;

const FULL = failure("overloaded", CODES.overloaded.title, 1000);
const UNREACHABLE = failure("overloaded", "The channel cannot be reached at the moment; try again.", 1000);

export interface UplinkParts {
  /** The relay's. */
  readonly name: string;
  readonly mostMessages: number;
  readonly mostBytes: number;
  connections(): number;
  /** Up to where the room's log is here. */
  at(): Cursor;
  /** The name of its subscription in the room, once it has one. Rejects if the room cannot be reached. */
  subscription(): Promise<string>;
  call(call: UpCall): Promise<UpAnswer>;
  /** JSON fields of a page of the room's history. */
  page(query: HistoryQuery, mostBytes: number): Promise<string>;
  /** The room has ended that subscription. */
  ended(subscription: string, ending: Extract<UpAnswer, { kind: "ended" }>["ending"], now: number): void;
  /** The room may not have heard of members what it was told, and can be reached again. */
  missed(now: number): void;
  /** Whether a try has come through. */
  reached(isReached: boolean, now: number): void;
  sendAcks(acks: readonly Ack[], epoch: string): void;
  randomId(): string;
  turn<Result>(event: (now: number) => Result): Result;
}

interface Waiting {
  readonly act: UpAct;
  readonly units: number;
  /** Of a publish. */
  readonly publication: Publication | null;
}

type Done = Extract<UpAnswer, { kind: "done" }>;

export class Uplink implements Upstream {
  readonly unwanted = new Unwanted();
  readonly #parts: UplinkParts;
  #queue: Waiting[] = [];
  #units = 0;
  #messages = 0;
  /** Who wants to know where the room's log stands after this moment. */
  #asking: PromiseWithResolvers<Cursor>[] = [];
  #isRunning = false;
  #hasMissed = false;
  #number = 0;
  /** How many publications of a session are not settled, and who waits for that. */
  readonly #open = new Map<Session, { count: number; readonly waiting: ((now: number) => void)[] }>();

  constructor(parts: UplinkParts) {
    this.#parts = parts;
  }

  // ---- what the core asks

  publish(publication: Publication): Failure | null {
    const { mostMessages, mostBytes, randomId } = this.#parts;
    const { session } = publication;
    const drafts = publication.drafts.map((draft) => ({ ...draft, id: draft.id ?? randomId() }));
    const units = drafts.reduce((sum, { data }) => sum + JSON.stringify(data).length, 0);
    if (this.#messages + drafts.length > mostMessages || this.#units + units > mostBytes) return FULL;
    this.#messages += drafts.length;
    if (session !== null) {
      const open = this.#open.get(session) ?? { count: 0, waiting: [] };
      open.count++;
      this.#open.set(session, open);
    }
    if (session !== null) this.unwanted.add(session, drafts);
    this.#push({ act: { kind: "publish", drafts }, units, publication });
    return null;
  }

  signal(signal: SignalDraft, { userJson, connection }: SignalSender): Failure | null {
    const units = JSON.stringify(signal.data).length;
    if (this.#queue.length >= this.#parts.mostMessages || this.#units + units > this.#parts.mostBytes) return FULL;
    this.#push({ act: { kind: "signal", signal, userJson, connection }, units, publication: null });
    return null;
  }

  history(query: HistoryQuery, mostBytes: number, then: (answer: string | Failure, now: number) => void): void {
    const { page, turn } = this.#parts;
    within(PATIENCE, page(query, mostBytes))
      .then(
        (fields) => turn((now) => then(fields, now)),
        () => turn((now) => then(UNREACHABLE, now)),
      )
      .catch(() => undefined); // it has reset the object
  }

  /** Tells the room of members. */
  presence(news: PresenceNews): void {
    this.#push({ act: { kind: "presence", news }, units: unitsOf(news), publication: null });
  }

  settled(session: Session, then: (now: number) => void): boolean {
    const open = this.#open.get(session);
    open?.waiting.push(then);
    return open !== undefined;
  }

  isLeaving(session: Session): boolean {
    return (this.#open.get(session)?.waiting.length ?? 0) > 0;
  }

  // ---- what the relay asks

  /** Where the room's log stands, at this moment or later. Rejects if the room cannot be reached. */
  ask(): Promise<Cursor> {
    const asking = Promise.withResolvers<Cursor>();
    this.#asking.push(asking);
    this.#go();
    return asking.promise;
  }

  // ---- inside

  #push(waiting: Waiting): void {
    this.#queue.push(waiting);
    this.#units += waiting.units;
    this.#go();
  }

  #go(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    // After the event that brought it, so that what came together goes together.
    // What throws there has reset the object: nobody is left to hear of it.
    queueMicrotask(() => void this.#run().catch(() => undefined));
  }

  async #run(): Promise<void> {
    while (this.#queue.length > 0 || this.#asking.length > 0) {
      const sent = this.#take();
      const asking = this.#asking.splice(0);
      const answer = await this.#tell(sent.map(({ act }) => act));
      this.#parts.turn((now) => {
        if (answer !== null) this.#reached(now);
        // In order or not at all: what waits behind it may be of the same connections.
        this.#settle(answer === null ? [...sent, ...this.#queue.splice(0)] : sent, answer, now);
      });
      for (const { resolve, reject } of asking)
        answer === null ? reject(new Error(UNREACHABLE.detail)) : resolve(answer.head);
    }
    this.#isRunning = false;
  }

  #take(): Waiting[] {
    let units = 0;
    let count = 0;
    for (const waiting of this.#queue.slice(0, CALL_ACTS)) {
      units += waiting.units;
      if (count > 0 && units > CALL_UNITS) break;
      count++;
    }
    return this.#queue.splice(0, count);
  }

  /** Null: the room cannot be reached, and nobody knows what it has done. */
  async #tell(acts: readonly UpAct[]): Promise<Done | null> {
    const { name, connections, subscription, call, ended, reached, turn } = this.#parts;
    // Ascending, though this object may have slept since the last.
    this.#number = Math.max(this.#number + 1, Date.now());
    let isRepeated = false;
    for (const wait of [...RETRIES, null]) {
      try {
        const id = await within(PATIENCE, subscription());
        const facts = { relay: name, subscription: id, number: this.#number, isRepeated };
        const answer = await within(PATIENCE, call({ ...facts, connections: connections(), acts }));
        if (answer.kind === "done") return answer;
        if (answer.kind === "stale")
          this.#number = answer.last + 1; // the clock went back
        else {
          turn((now) => ended(id, answer.ending, now));
          if (answer.ending?.code === closeCodeOf("gone")) return null; // with all that was to be said in it
        }
      } catch {
        turn((now) => reached(false, now));
        isRepeated = true;
      }
      if (wait !== null) await new Promise((resolve) => setTimeout(resolve, wait));
    }
    return null;
  }

  #reached(now: number): void {
    this.#parts.reached(true, now);
    if (!this.#hasMissed) return;
    this.#hasMissed = false;
    this.#parts.missed(now);
  }

  /** @param answer null: nobody knows what became of it */
  #settle(sent: readonly Waiting[], answer: Done | null, now: number): void {
    if (answer === null && sent.some(({ act }) => act.kind === "presence")) this.#hasMissed = true;
    const acks = new Map<string, Ack[]>();
    for (const [index, waiting] of sent.entries()) {
      this.#units -= waiting.units;
      const { act, publication } = waiting;
      if (act.kind !== "publish" || publication === null) continue;
      const outcome = ownReceipts(answer?.results[index] ?? null, publication);
      this.unwanted.settled(act.drafts, outcome, this.#parts.at());
      const epoch = outcome !== null && "epoch" in outcome ? outcome.epoch : "";
      const some = acks.get(epoch) ?? [];
      acks.set(epoch, some);
      this.#messages -= publication.drafts.length;
      publication.answered(outcome, some, now);
    }
    for (const [epoch, some] of acks) if (some.length > 0) this.#parts.sendAcks(some, epoch);
    for (const { publication } of sent) if (publication !== null) this.#closed(publication.session, now);
  }

  /** A publication of the session is settled: whoever waited for the last hears of it. */
  #closed(session: Session | null, now: number): void {
    const open = session === null ? undefined : this.#open.get(session);
    if (session === null || open === undefined || --open.count > 0) return;
    this.#open.delete(session);
    for (const then of open.waiting) then(now);
  }
}

/** An id that was made up here can be in the log already only because the call was repeated. */
function ownReceipts(outcome: Published | Failure | null, { drafts }: Publication): Published | Failure | null {
  if (outcome === null || "code" in outcome) return outcome;
  const receipts = outcome.receipts.map((receipt, index) =>
    drafts[index]?.id === null ? { ...receipt, duplicate: false } : receipt,
  );
  return { ...outcome, receipts };
}
