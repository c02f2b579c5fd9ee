/**
 * One channel: its log, its connections, its members. Decides; does no I/O and reads no clock. What a turn sends is
 * sent after what it writes, without an await between, so that the output gate holds the frames until the rows are on
 * disk.
 */
import type { Config } from "../config.ts";
import { CLOSE_NORMAL, CLOSE_RESTART, type Code, closeCodeOf, type Failure, failure } from "../protocol/codes.ts";
import type { Cursor } from "../protocol/cursor.ts";
import type { MembersPage } from "../protocol/frames.ts";
import type { Json } from "../protocol/json.ts";
import { allows } from "../protocol/operations.ts";
import type { Log } from "../storage/log.ts";
import type { MemberTable } from "../storage/members.ts";
import type { OthersTable } from "../storage/others.ts";
import { Administration } from "./administration.ts";
import { cutIntoChunks } from "./batch.ts";
import { sendAcks, sendChunks } from "./fan-out.ts";
import { beginningOf, greet } from "./greet.ts";
import { type HistoryQuery, historyFields } from "./history.ts";
import type { Host, Task } from "./host.ts";
import type { Identity } from "./identity.ts";
import type { Inbox } from "./inbox.ts";
import { BACKLOG_SAMPLE, type Elsewhere, Liveness } from "./liveness.ts";
import { Members } from "./members.ts";
import { Publisher } from "./publish.ts";
import { Replays } from "./replay.ts";
import { type ConnectOptions, newSession, type Session, type Subscriber } from "./session.ts";
import { Sessions } from "./sessions.ts";
import { type SignalDraft, type SignalSender, Signals } from "./signals.ts";
import type { Upstream } from "./upstream.ts";

export interface ChannelParts {
  /** `room:lobby` */
  readonly address: string;
  readonly config: Config;
  readonly log: Log;
  readonly members: MemberTable;
  /** Of a channel that may have other nodes. */
  readonly others?: OthersTable | undefined;
  readonly host: Host;
  /** Of a user's channel; null: it is nobody's. */
  readonly inbox: Inbox | null;
  /** When connections of which only the member's row is left were lost, at the latest; ms. */
  readonly lostAt: number;
  readonly upstream?: Upstream | null;
  readonly now: number;
}

/** Whoever was silent for so long, or was thrown out. */
const WITHOUT_GRACE: ReadonlySet<Code> = new Set<Code>(["heartbeat_timeout", "forbidden", "gone"]);

export class Channel {
  readonly address: string;
  readonly config: Config;
  readonly host: Host;
  readonly inbox: Inbox | null;
  /** Where messages get their places, if not here; null: the log is this one. */
  readonly upstream: Upstream | null;
  readonly sessions = new Sessions();
  /** In how many other channels a session of this one makes its user a member, and in how many that is watched. */
  readonly elsewhere = { members: 0, watched: 0 };
  readonly publisher: Publisher;
  readonly administration: Administration;
  readonly presence: Members;
  readonly #log: Log;
  readonly #liveness: Liveness;
  readonly #replays: Replays;
  readonly #signals = new Signals();

  constructor(parts: ChannelParts) {
    const { address, config, log, host, inbox, upstream = null, now } = parts;
    this.address = address;
    this.upstream = upstream;
    this.inbox = inbox;
    this.config = config;
    this.host = host;
    this.#log = log;
    this.publisher = new Publisher(log, config, () => host.randomId());
    this.presence = new Members({ ...parts, sessions: this.sessions });
    const end = (session: Session, code: Code, at: number) => this.end(session, code, at);
    this.#liveness = new Liveness(this.sessions, config, end, () => this.#beyond, now);
    this.administration = new Administration(this, log);
    this.#replays = new Replays(log, (session, at) => this.end(session, "overloaded", at));
  }

  /** What makes it look for the dead though nobody here does. */
  get #beyond(): Elsewhere {
    return { ...this.elsewhere, watched: this.elsewhere.watched + this.presence.others.watchers };
  }

  get isUsed(): boolean {
    return this.#log.head !== null;
  }

  /** Of a log that is in use. */
  get epoch(): string {
    return this.#log.head?.epoch ?? "";
  }

  // ---- connections

  /** Why one more connection of that user, by that name, does not fit; null if it does. */
  refusalFor(user: string, connection: string, now: number): Failure | null {
    this.#liveness.endDead(now);
    if (this.sessions.find(connection, user) !== null) return null; // it takes that one's place
    const { CONNECTIONS, CONNECTIONS_PER_USER } = this.config;
    if (this.sessions.size >= CONNECTIONS) return failure("overloaded", "The channel is full.", 5000);
    if (this.sessions.ofUser(user).size >= CONNECTIONS_PER_USER)
      return failure("rate_limited", `A user may have ${CONNECTIONS_PER_USER} connections to one channel.`, 5000);
    return null;
  }

  /** Lets a connection in: tells it where it stands, and sends what it asked for. */
  connect(identity: Identity, options: ConnectOptions, subscriber: Subscriber, now: number): Session {
    const head = this.#log.open(now);
    const beginning = beginningOf(options.start, head, this.#log.oldest(now));
    const { from } = beginning.start;
    const before = this.sessions.find(options.connection, identity.user);
    if (before !== null) {
      // The last poll of the same connection: its end is on the way.
      before.subscriber.close(CLOSE_RESTART, "resume");
      this.closed(before, false, now);
    }
    const session = newSession(identity, options, subscriber, this.config, now);
    // Of a crowd that nobody knows by name only the number is told.
    if (session.presence === "members" && this.presence.others.isCounted) session.presence = "count";
    if (from < head.seq) session.feed = { kind: "replay", epoch: head.epoch, position: from };

    // Before the newcomer counts as connected, or nobody would notice that they had been lost in a crash.
    if (session.member) this.presence.own.settleAll(now);
    this.sessions.add(session);
    this.#liveness.added(identity, now);
    subscriber.save(session);
    if (session.member) this.#join(session, options, now);
    greet(this, session, beginning, now);
    session.presenceSerial = this.presence.feed.serial;
    if (session.feed.kind === "replay") {
      this.#replays.start(session, now);
      if (!this.#replays.isEmpty) this.host.later("replay", 0);
    }
    this.presenceChanged(now);
    return session;
  }

  #join({ identity: { user, info } }: Session, { data, isNew = true }: ConnectOptions, now: number): void {
    // The next poll of a connection repeats its URL; what was said meanwhile is not to be taken back.
    const isKept = !isNew && this.presence.own.has(user, now);
    this.presence.own.join({ user, info, data: isKept ? undefined : data }, now);
  }

  /** Takes a session over from before a hibernation. */
  restore(session: Session, now: number): void {
    this.sessions.add(session);
    if (session.feed.kind !== "replay") return;
    this.#replays.restore(session, now);
    this.host.later("replay", 0);
  }

  /** The connection is gone. `left`: its user meant it, so there is no grace. */
  closed(session: Session, left: boolean, now: number): void {
    if (session.member) this.presence.own.beforePart(now);
    if (!this.sessions.remove(session)) return;
    this.#replays.remove(session);
    const grace = session.transport === "poll" ? this.config.POLL_GRACE : this.config.PRESENCE_GRACE;
    const { user } = session.identity;
    if (session.member) this.presence.own.part(user, left ? 0 : grace, now);
    this.host.gone(session, left, now);
    if (!session.subscriber.isRemote && !this.sessions.isHere(user)) this.host.departed(session.identity, now);
    this.presenceChanged(now);
  }

  /** A reader that asks for each page has taken the last. */
  pull(session: Session, now: number): void {
    this.#endExpired(now);
    if (!this.sessions.has(session)) return;
    session.lastFrameAt = now;
    this.#replays.pull(session, now);
  }

  /** Goes on from where a reader stands that keeps its position itself. */
  pullFrom(session: Session, { epoch, seq }: Cursor, now: number): void {
    session.feed = { kind: "replay", epoch, position: seq };
    this.pull(session, now);
  }

  /** Ends whoever is over by now: nobody else gets what comes next. */
  endOver(now: number): void {
    this.#liveness.endDead(now);
    this.#endExpired(now);
  }

  /** Its user says good-bye. */
  leave(session: Session, now: number): void {
    session.subscriber.close(CLOSE_NORMAL, "");
    this.closed(session, true, now);
  }

  /** Ends a connection that did not ask for it. `left`: it is not expected back, so there is no grace. */
  end(session: Session, code: Code, now: number, closeCode = closeCodeOf(code), left = WITHOUT_GRACE.has(code)): void {
    session.subscriber.close(closeCode, code);
    this.host.ended(session, code, closeCode);
    this.closed(session, left, now);
  }

  /** Ends who does not read what they are sent. Looks at most twice a second, and again though all are silent. */
  endSlow(now: number): void {
    if (this.#liveness.endSlow(now)) this.host.later("backlog", BACKLOG_SAMPLE);
  }

  /** So many bytes went to one reader, or the same to all: in time somebody looks how they take it. */
  sent(bytes: number): void {
    if (this.#liveness.noteSent(bytes)) this.host.later("backlog", BACKLOG_SAMPLE);
  }

  /** A fresh token: its rights replace the old ones at once. */
  renew(session: Session, identity: Identity, now: number): void {
    session.identity = identity;
    if (!allows(identity.operations, "presence")) this.#endPresence(session, now);
    session.subscriber.save(session);
    this.host.renewed(session, now);
    this.#liveness.added(identity, now);
    this.host.deadlinesChanged();
  }

  /** It has lost the right to be a member and to see them. */
  #endPresence(session: Session, now: number): void {
    const { member } = session;
    this.presence.own.beforePart(now);
    this.sessions.remove(session);
    session.member = false;
    session.presence = "none";
    this.sessions.add(session);
    if (member) this.presence.own.part(session.identity.user, 0, now);
    this.presenceChanged(now);
  }

  // ---- what a connection or a request may do

  /** Null if it was taken; it leaves with the next flush. */
  addSignal(signal: SignalDraft, sender: SignalSender, now: number): Failure | null {
    const refusal = this.#signals.refusalFor(signal, this.config) ?? this.upstream?.signal(signal, sender) ?? null;
    if (refusal !== null) return refusal;
    this.#signals.add(signal, sender, now);
    this.host.later("flush", 0);
    return null;
  }

  /** Null if it is done. */
  setMemberData(user: string, data: Json, now: number): Failure | null {
    const refusal = this.presence.own.update(user, data, now);
    this.presenceChanged(now);
    return refusal;
  }

  /** Members after the user id `after`, by user id. */
  members(limit: number, after: string, now: number): MembersPage {
    this.#liveness.endDead(now);
    const page = this.presence.page(limit, after, now);
    this.presenceChanged(now);
    return page;
  }

  /** JSON fields of the page, without the braces. */
  history(query: HistoryQuery, maxBytes: number, now: number): string {
    return historyFields(query, this.#log, this.#log.open(now), maxBytes, now);
  }

  // ---- time

  /** Does the work that was put off with `host.later`. */
  run(task: Task, now: number): void {
    this.#endExpired(now);
    switch (task) {
      case "flush":
        return this.flush(now);
      case "replay": {
        const wait = this.#replays.pump(now);
        if (wait !== null) this.host.later("replay", wait);
        return;
      }
      case "backlog":
        return this.endSlow(now);
      case "presence":
        return this.presence.flush(now);
      default:
        return task satisfies never;
    }
  }

  /** What has to be done at some time though nobody asks. */
  readonly deadlines: readonly { name: string; due(now: number): number | null; run(now: number): void }[] = [
    {
      name: "sweep",
      due: (now) => this.#liveness.nextSweep(now),
      run: (now) => this.#liveness.endDead(now),
    },
    {
      name: "grace",
      due: (now) =>
        this.sessions.watchers + this.presence.others.watchers > 0 ? this.presence.own.nextGraceEnd(now) : null,
      run: (now) => {
        this.presence.own.settle(now);
        this.presenceChanged(now);
      },
    },
    { name: "expiry", due: () => this.#liveness.nextExpiry(), run: (now) => this.#endExpired(now) },
    { name: "retention", due: (now) => this.#log.nextTrim(now), run: (now) => this.#log.trim(now) },
  ];

  /** Writes what was accepted, then tells everyone. */
  flush(now: number): void {
    this.#endExpired(now);
    this.endSlow(now);
    const batch = this.publisher.take();
    const chunks = cutIntoChunks(batch.entries);
    if (chunks.length > 0) {
      this.#log.append(chunks, now);
      this.publisher.remember(batch, now);
      this.inbox?.added(batch.entries);
      this.host.deadlinesChanged();
    }
    // Acks first: while the others are being told, publishers already send what comes next (B1: + 35 %).
    if (batch.acks.length > 0) sendAcks(batch.acks, this.#log.open(now).epoch);
    if (chunks.length > 0) sendChunks(chunks, batch.muted, this.#log.open(now).epoch, this.sessions);
    this.sent(chunks.reduce((sum, { bytes }) => sum + bytes, 0));
    this.#signals.flush(this.sessions);
    batch.settle();
  }

  /** Nobody gets anything after the end of their token, not even that others left at the same moment. */
  #endExpired(now: number): void {
    this.#liveness.endExpired(now);
    if (!this.presence.feed.isEmpty) this.#tellPresence(now);
  }

  /** Members may have come or gone: whoever watches is told. */
  presenceChanged(now: number): void {
    if (!this.presence.feed.isEmpty && !this.#liveness.isEnding) {
      this.#liveness.endExpired(now);
      this.#tellPresence(now);
    }
    this.host.deadlinesChanged();
  }

  #tellPresence(now: number): void {
    if (this.presence.feed.isCollecting) this.host.later("presence", this.config.PRESENCE_COLLECT_FOR);
    else this.presence.flush(now);
  }
}
