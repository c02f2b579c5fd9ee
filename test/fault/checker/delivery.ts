/** What one subscriber got over all its connections: I10 to I12, I14, I15; and feeds what it saw to `Places`. */
import { type Cursor, formatCursor, parseCursor } from "../../../src/protocol/cursor.ts";
import type {
  AtEvent,
  CloseEvent,
  ConnectEvent,
  GapEvent,
  HistoryEvent,
  MessageEvent,
  OkEvent,
  RunEvent,
  VanishEvent,
  WelcomeEvent,
} from "../history.ts";
import type { Findings } from "./findings.ts";
import type { Place, Places } from "./places.ts";
import type { FinalLog } from "./publishing.ts";

interface Chain {
  readonly channel: string;
  /** Everything up to here has come; null: nothing is known yet. */
  position: Cursor | null;
  connection: ConnectEvent | null;
  welcome: WelcomeEvent | null;
  last: HistoryEvent;
  isStopped: boolean;
  /** Next of the channel's acknowledged heads that it has not reached. */
  awaited: number;
}

/** Places that a connection with `echo=0` was not sent: they must be its own. */
interface Skipped {
  readonly connection: ConnectEvent;
  readonly places: readonly string[];
  readonly event: HistoryEvent;
}

/** A gap says that retention has taken what was up to that place. */
interface Expired {
  readonly channel: string;
  readonly gone: Cursor;
  readonly event: GapEvent;
}

interface Advance {
  readonly epoch: string;
  readonly seq: number;
  readonly ok: OkEvent;
}

export class Delivery {
  readonly #findings: Findings;
  readonly #places: Places;
  readonly #run: RunEvent;
  readonly #chains = new Map<string, Chain>();
  readonly #skipped: Skipped[] = [];
  readonly #expired: Expired[] = [];
  readonly #advances = new Map<string, Advance[]>();
  #isRestored = false;
  delivered = 0;
  resumes = 0;
  gaps = 0;

  constructor(findings: Findings, places: Places, run: RunEvent) {
    this.#findings = findings;
    this.#places = places;
    this.#run = run;
  }

  restored(): void {
    this.#isRestored = true;
  }

  connect(event: ConnectEvent): void {
    const chain = this.#chains.get(event.client);
    if (event.after !== null && chain !== undefined) this.resumes++;
    const after = event.after === null ? null : parseCursor(event.after);
    if (chain?.position && after && formatCursor(after.epoch, after.seq) !== cursorOf(chain.position))
      this.#findings.add(
        "I11",
        `asks for ${event.after}, but was brought to ${cursorOf(chain.position)}`,
        chain.last,
        event,
      );
    this.#chains.set(event.client, {
      channel: event.channel,
      position: after,
      connection: event,
      welcome: null,
      last: event,
      isStopped: false,
      awaited: chain?.channel === event.channel ? chain.awaited : 0,
    });
  }

  welcome(event: WelcomeEvent): void {
    const chain = this.#open(event);
    if (chain?.connection == null) return;
    if (chain.welcome !== null) this.#findings.add("I10", "a second welcome", chain.welcome, event);
    chain.welcome = event;
    const head = parseCursor(event.cursor ?? "");
    if (chain.position === null) {
      // After a rewind the first message tells where it began.
      if (chain.connection.rewind === null || event.resume === "live") chain.position = head;
    } else if (event.resume === "live" && cursorOf(chain.position) !== event.cursor)
      this.#findings.add(
        "I11",
        `live at ${event.cursor}, but the reader is at ${cursorOf(chain.position)}`,
        chain.connection,
        event,
      );
  }

  message(event: MessageEvent): void {
    const chain = this.#open(event);
    if (chain?.connection == null) return;
    this.delivered++;
    const epoch = chain.position?.epoch ?? parseCursor(chain.welcome?.cursor ?? "")?.epoch;
    if (epoch === undefined) return this.#findings.add("I11", "a message before the welcome", chain.connection, event);
    const place = this.#places.observe(chain.connection.channel, epoch, event.text, event);
    if (place !== null) this.#step(chain, chain.connection, place, event);
  }

  gap(event: GapEvent): void {
    const chain = this.#open(event);
    if (chain?.connection == null) return;
    this.gaps++;
    const { position } = chain;
    const to = parseCursor(event.oldest ?? event.cursor ?? chain.welcome?.cursor ?? "");
    if (to === null) return this.#findings.add("I11", "a gap to nowhere", event);
    const next = event.oldest === null ? to : { epoch: to.epoch, seq: to.seq - 1 };
    // Of a rewind nobody knows from where.
    const from = this.#withOwn(chain, chain.connection, event);
    const wrong = position === null ? null : this.#wrongIn(event, from ?? position, next, chain.channel);
    if (wrong !== null) this.#findings.add("I11", wrong, chain.last, event);
    this.#move(chain, next, event);
  }

  at(event: AtEvent): void {
    const chain = this.#open(event);
    if (chain === undefined) return;
    if (chain.position === null) return this.#move(chain, parseCursor(event.cursor), event);
    if (cursorOf(chain.position) === event.cursor) return;
    this.#findings.add("I11", `told to be at ${event.cursor}, but at ${cursorOf(chain.position)}`, chain.last, event);
    this.#move(chain, parseCursor(event.cursor), event); // which its client believes
  }

  /** Anything else that came over the connection. */
  sign(event: HistoryEvent & { connection: string }): void {
    this.#open(event);
  }

  close(event: CloseEvent | VanishEvent): void {
    const chain = this.#open(event);
    if (chain !== undefined) chain.connection = null;
  }

  stop(event: HistoryEvent): void {
    const chain = this.#chains.get(event.client);
    if (chain !== undefined) chain.isStopped = true;
  }

  /** Somebody was told that the log reaches so far. */
  acknowledged(channel: string, ok: OkEvent): void {
    const position = parseCursor(ok.cursor);
    const advances = this.#advances.get(channel) ?? [];
    this.#advances.set(channel, advances);
    const last = advances.at(-1);
    if (position === null || (last?.epoch === position.epoch && last.seq >= position.seq)) return;
    advances.push({ ...position, ok });
  }

  /** @param end of the history, ms */
  finish(logs: ReadonlyMap<string, FinalLog>, own: ReadonlySet<string>, end: number): void {
    for (const skipped of this.#skipped) this.#checkSkipped(skipped, own);
    for (const { channel, gone, event } of this.#expired) {
      const place = this.#places.find(channel, cursorOf(gone));
      const head = this.#places.headBefore(channel, gone.epoch, event.t + this.#run.slack, logs.get(channel));
      if (place !== undefined && !this.#places.mayBeGone(place, head, event.t))
        this.#findings.add("I11", `a gap up to ${cursorOf(gone)}, which nothing has taken`, place.event, event);
    }
    for (const [client, chain] of this.#chains) {
      this.#checkProgress(chain, end, chain.last);
      const log = logs.get(chain.channel);
      if (chain.isStopped || log === undefined) continue;
      if (!this.#hasAll(chain, log, own))
        this.#findings.add(
          "I14",
          `${client} is at ${cursorOf(chain.position)}, the head is ${log.epoch}-${log.head}`,
          chain.last,
        );
    }
  }

  #step(chain: Chain, connection: ConnectEvent, { epoch, seq }: Place, event: MessageEvent): void {
    const { position } = chain;
    if (position === null) return this.#move(chain, { epoch, seq }, event);
    // At or after the head that the welcome spoke of, of one that was fed up to there: the seam.
    const seam = chain.welcome?.resume === "live" ? undefined : parseCursor(chain.welcome?.cursor ?? "");
    const isSeam = seam?.epoch === epoch && Math.max(seq, position.seq) > seam.seq;
    if (seq <= position.seq)
      return this.#findings.add(isSeam ? "I12" : "I10", `${seq} came again, after ${position.seq}`, chain.last, event);
    if (seq > position.seq + 1) {
      if (!connection.echo) this.#skip(connection, position, seq - 1, event);
      else
        this.#findings.add(
          isSeam ? "I12" : "I11",
          `${seq} came after ${position.seq}, without a gap`,
          chain.last,
          event,
        );
    }
    this.#move(chain, { epoch, seq }, event);
  }

  /** Where one is who is not sent what they publish: as far as the gap says, if all up to there is their own. */
  #withOwn({ position }: Chain, connection: ConnectEvent, event: GapEvent): Cursor | null {
    const after = parseCursor(event.after);
    if (connection.echo || position === null || after?.epoch !== position.epoch || after.seq <= position.seq)
      return null;
    this.#skip(connection, position, after.seq, event);
    return after;
  }

  #skip(connection: ConnectEvent, { epoch, seq }: Cursor, to: number, event: HistoryEvent): void {
    const places = Array.from({ length: to - seq }, (_, index) => `${epoch}-${seq + 1 + index}`);
    this.#skipped.push({ connection, places, event });
  }

  /** What is not true in a gap; null: nothing. */
  #wrongIn(event: GapEvent, position: Cursor, next: Cursor, channel: string): string | null {
    if (event.after !== cursorOf(position))
      return `a gap after ${event.after}, but the reader is at ${cursorOf(position)}`;
    const isOther = next.epoch !== position.epoch;
    const expected = isOther ? "epoch" : next.seq > position.seq ? "expired" : "ahead";
    if (event.reason !== expected) return `a gap for "${event.reason}", but it is "${expected}"`;
    if (expected === "ahead" && !this.#isRestored) return "a gap, and nothing is missing";
    if (expected === "expired") this.#expired.push({ channel, gone: next, event });
    return null;
  }

  #move(chain: Chain, to: Cursor | null, event: HistoryEvent): void {
    this.#checkProgress(chain, event.t, event);
    chain.position = to;
    chain.last = event;
  }

  /** I15: for so long it was connected, and did not move while others were told that there is more. */
  #checkProgress(chain: Chain, now: number, event: HistoryEvent): void {
    const { position, welcome, connection } = chain;
    if (position === null || welcome === null || connection === null) return;
    const advances = this.#advances.get(connection.channel) ?? [];
    for (; chain.awaited < advances.length; chain.awaited++) {
      const { epoch, seq, ok } = advances[chain.awaited] as Advance;
      if (epoch !== position.epoch || seq <= position.seq) continue;
      const since = Math.max(ok.t, welcome.t);
      if (connection.echo && now - since > this.#run.patience) {
        this.#findings.add(
          "I15",
          `${Math.round(now - since)} ms at ${cursorOf(position)}, while ${ok.cursor} was there`,
          ok,
          event,
        );
        chain.awaited++;
      }
      return;
    }
  }

  #checkSkipped({ connection, places, event }: Skipped, own: ReadonlySet<string>): void {
    for (const cursor of places)
      if (!this.#mayBeOwn(connection, cursor, own))
        this.#findings.add("I11", `${cursor} never came, and nobody told of a gap`, connection, event);
  }

  /** Whether that connection published it, or nobody can say who did, because nobody ever saw it. */
  #mayBeOwn({ channel, connection }: ConnectEvent, cursor: string, own: ReadonlySet<string>): boolean {
    const place = this.#places.find(channel, cursor);
    if (place === undefined) return true;
    const { user, id, data } = place.message;
    return [id, null].some((name) => own.has(ownKey(connection, user, name, data)));
  }

  /** Whether it is at the head, but for its own, if it is not sent those. */
  #hasAll({ position, connection }: Chain, { epoch, head }: FinalLog, own: ReadonlySet<string>): boolean {
    if (position?.epoch !== epoch || position.seq > head) return false;
    if (position.seq === head) return true;
    if (connection === null || connection.echo) return false;
    for (let seq = position.seq + 1; seq <= head; seq++)
      if (!this.#mayBeOwn(connection, formatCursor(epoch, seq), own)) return false;
    return true;
  }

  /** The chain of a connection that is open; what comes over one that is over is lost on its client. */
  #open(event: HistoryEvent & { connection: string }): Chain | undefined {
    const chain = this.#chains.get(event.client);
    if (chain?.connection?.connection !== event.connection) return undefined;
    if (event.type !== "message" && event.type !== "gap") this.#checkProgress(chain, event.t, event);
    return chain;
  }
}

/** A message that a connection published; without an id of its own the data alone tells. */
export function ownKey(connection: string, user: string, id: string | null, data: unknown): string {
  return JSON.stringify([connection, user, id, data]);
}

function cursorOf(position: Cursor | null): string {
  return position === null ? "nowhere" : formatCursor(position.epoch, position.seq);
}
