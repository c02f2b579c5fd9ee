/**
 * Who was told to be there, against who was: P1 to P6. Watchers are told with a delay, and the service notices an end
 * before or after its client does: so a claim is judged only where even `slack` cannot explain it.
 */
import type {
  CloseEvent,
  ConnectEvent,
  FaultEvent,
  HistoryEvent,
  MembersEvent,
  PresenceEvent,
  RunEvent,
  VanishEvent,
  WelcomeEvent,
} from "../history.ts";
import type { Findings } from "./findings.ts";

/** A connection that makes its user a member. */
interface Membership {
  readonly connect: ConnectEvent;
  welcome: WelcomeEvent | null;
  /** Of the last that came over it, ms. */
  lastSign: number;
  /** When its last ping was answered, ms; null: none was. */
  lastPong: number | null;
  vanish: VanishEvent | null;
  close: CloseEvent | null;
}

interface Told {
  readonly user: string;
  readonly kind: "joined" | "left";
  readonly event: PresenceEvent;
}

/** What one connection with `presence=members` was told. */
interface Watcher {
  readonly connect: ConnectEvent;
  readonly members: Set<string>;
  readonly told: Told[];
  welcome: WelcomeEvent | null;
  lastSign: number;
  isOpen: boolean;
}

/** Ends after which there is no grace. */
const WITHOUT_GRACE: ReadonlySet<number> = new Set([1000, 4401, 4403, 4408, 4410]);

/** `heartbeat_timeout` */
const SILENT = 4408;

/** What ends connections without a grace, or graces: a clock that is put forward. */
const SENDS_AWAY: ReadonlySet<string> = new Set(["kick", "logout", "erase", "clock"]);

export class PresenceRules {
  readonly #findings: Findings;
  readonly #run: RunEvent;
  readonly #memberships = new Map<string, Membership>();
  readonly #ofUser = new Map<string, Membership[]>();
  readonly #watchers = new Map<string, Watcher>();
  readonly #faults: FaultEvent[] = [];
  readonly #snapshots: MembersEvent[] = [];

  constructor(findings: Findings, run: RunEvent) {
    this.#findings = findings;
    this.#run = run;
  }

  connect(connect: ConnectEvent): void {
    if (connect.member) {
      const nothing = { welcome: null, lastPong: null, vanish: null, close: null };
      const membership: Membership = { connect, lastSign: connect.t, ...nothing };
      this.#memberships.set(connect.connection, membership);
      const key = keyOf(connect);
      const others = this.#ofUser.get(key);
      if (others === undefined) this.#ofUser.set(key, [membership]);
      else others.push(membership);
    }
    if (connect.presence)
      this.#watchers.set(connect.connection, {
        ...{ connect, members: new Set(), told: [], welcome: null, lastSign: connect.t, isOpen: true },
      });
  }

  welcome(event: WelcomeEvent): void {
    const membership = this.#memberships.get(event.connection);
    if (membership !== undefined) membership.welcome = event;
    const watcher = this.#watchers.get(event.connection);
    if (watcher === undefined) return;
    watcher.welcome = event;
    for (const user of event.members ?? []) {
      if (watcher.members.has(user)) this.#findings.add("P3", `${user} is two members`, event);
      watcher.members.add(user);
    }
  }

  /** Something came over the connection. */
  sign({ type, connection, t }: HistoryEvent & { connection: string }): void {
    const membership = this.#memberships.get(connection);
    if (membership !== undefined) {
      membership.lastSign = t;
      if (type === "sign" && membership.connect.transport === "ws") membership.lastPong = t;
    }
    const watcher = this.#watchers.get(connection);
    if (watcher !== undefined) watcher.lastSign = t;
  }

  presence(event: PresenceEvent): void {
    const watcher = this.#watchers.get(event.connection);
    if (watcher === undefined || !watcher.isOpen) return;
    const { members, told } = watcher;
    for (const user of event.joined) {
      if (members.has(user)) this.#findings.add("P3", `${user} joined, and was there already`, watcher.connect, event);
      members.add(user);
      told.push({ user, kind: "joined", event });
    }
    for (const user of event.updated)
      if (!members.has(user)) this.#findings.add("P4", `${user} changed, and was not there`, watcher.connect, event);
    for (const user of event.left) {
      if (!members.delete(user)) this.#findings.add("P4", `${user} left, and was not there`, watcher.connect, event);
      told.push({ user, kind: "left", event });
    }
  }

  close(event: CloseEvent): void {
    const membership = this.#memberships.get(event.connection);
    if (membership !== undefined) {
      membership.close = event;
    }
    const watcher = this.#watchers.get(event.connection);
    if (watcher !== undefined) watcher.isOpen = false;
  }

  vanish(event: VanishEvent): void {
    const membership = this.#memberships.get(event.connection);
    if (membership !== undefined) membership.vanish = event;
    const watcher = this.#watchers.get(event.connection);
    if (watcher !== undefined) watcher.isOpen = false;
  }

  fault(event: FaultEvent): void {
    this.#faults.push(event);
  }

  snapshot(event: MembersEvent): void {
    if (new Set(event.users).size < event.users.length) this.#findings.add("P3", "a user is two members", event);
    this.#snapshots.push(event);
  }

  finish(): void {
    for (const watcher of this.#watchers.values())
      for (const told of watcher.told) if (told.kind === "left") this.#checkLeave(watcher, told);
    for (const [key, all] of this.#ofUser) {
      for (const membership of all) this.#checkSilence(membership);
      const last = all.at(-1);
      // Over the others the service finds out when a write fails.
      if (last?.vanish && !last.close && last.connect.transport === "ws") this.#checkVanished(key, last, last.vanish);
    }
    for (const snapshot of this.#snapshots) this.#checkSnapshot(snapshot);
  }

  /**
   * Ended for a silence that was none, while somebody watched: only then the service looks more often than once an hour,
   * and can know that its clock was put forward since.
   */
  #checkSilence({ connect, lastPong, close }: Membership): void {
    const { timeout, slack } = this.#run;
    if (close?.code !== SILENT || lastPong === null || close.t - lastPong >= timeout - slack) return;
    const isWatched = [...this.#watchers.values()].some(
      ({ connect: watching, welcome, lastSign }) =>
        watching.channel === connect.channel &&
        (welcome?.t ?? close.t) < close.t - slack &&
        (watching.connection === connect.connection || lastSign > close.t),
    );
    if (isWatched) this.#findings.add("P2", "ended for its silence, and was answered just now", connect, close);
  }

  /** A leave that was told while the user was there (P2), or back in time (P6). */
  #checkLeave({ connect }: Watcher, { user, event }: Told): void {
    const { slack, grace, timeout } = this.#run;
    const all = this.#ofUser.get(keyOf({ channel: connect.channel, user })) ?? [];
    let gone: Membership | null = null;
    for (const membership of all) {
      const { welcome, lastSign, close } = membership;
      if (welcome === null) continue;
      // Who polls is in a grace between two polls, and a clock that is put forward ends it.
      if (membership.connect.transport === "poll" && this.#clockJumped(event.t - slack, event.t)) continue;
      if (welcome.t < event.t - slack && lastSign > event.t + slack)
        return this.#findings.add("P2", `${user} left, and was there`, welcome, event);
      const isShort = gone !== null && welcome.t - gone.lastSign < grace - slack;
      // One who was sent away, and did not hear of it, has no grace either; nor has one of whom another connection was found
      // dead meanwhile: the end that comes last counts.
      const since = (gone?.lastSign ?? 0) - slack;
      const wasSent = this.#faults.some(({ kind, t }) => SENDS_AWAY.has(kind) && t > since && t < event.t);
      const wasDead = all.some(
        (one) => one !== gone && (one.welcome === null || one.lastSign + timeout > since) && this.#isDead(one, event.t),
      );
      if (gone !== null && isShort && !wasSent && !wasDead && gone.lastSign < event.t && event.t < welcome.t)
        this.#findings.add(
          "P6",
          `${user} left, and was back within the grace`,
          gone.close ?? gone.connect,
          event,
          welcome,
        );
      // Whoever meant to go, or was sent away, has no grace.
      gone = close !== null && !WITHOUT_GRACE.has(close.code) && membership.vanish === null ? membership : null;
    }
  }

  #clockJumped(from: number, to: number): boolean {
    return this.#faults.some(({ kind, t }) => kind === "clock" && from < t && t <= to);
  }

  /** Whether the service may have found it dead by then, though its client had not given it up; or never had it. */
  #isDead({ connect, welcome, lastSign, close }: Membership, at: number): boolean {
    if (welcome === null) return connect.t < at;
    return lastSign + this.#run.timeout < at + this.#run.slack && (close === null || close.t > at);
  }

  /** The user's last connection vanished: one leave, not too early and not too late. */
  #checkVanished(key: string, { connect, lastSign }: Membership, vanish: VanishEvent): void {
    const { slack, timeout, sweep, grace } = this.#run;
    const earliest = Math.min(lastSign, vanish.t) + timeout - slack;
    const latest = vanish.t + timeout + sweep + 1000 + slack;
    const others = (this.#ofUser.get(key) ?? []).slice(0, -1);
    if (others.some(({ lastSign: sign, close }) => close === null || sign + grace > earliest)) return;
    if (this.#faults.some(({ t }) => t > vanish.t - slack && t < latest)) return;
    for (const { connect: watching, welcome, lastSign: seen, told, isOpen } of this.#watchers.values()) {
      if (watching.channel !== connect.channel || welcome === null || welcome.t > vanish.t) continue;
      const leaves = told.filter((one) => one.user === connect.user && one.kind === "left" && one.event.t > vanish.t);
      const early = leaves.find(({ event }) => event.t < earliest);
      if (early) this.#findings.add("P1", `${connect.user} left too early`, vanish, early.event);
      if (!isOpen || seen < latest) continue;
      if (leaves.length !== 1 || (leaves[0] as Told).event.t > latest)
        this.#findings.add(
          "P1",
          `${leaves.length} leaves of ${connect.user} in time`,
          vanish,
          leaves[0]?.event,
          watching,
        );
    }
  }

  /** Who is there when all is over: no ghost (P5), everybody who is there (P2), and as it was told (P4). */
  #checkSnapshot(snapshot: MembersEvent): void {
    const { slack, grace, timeout, sweep } = this.#run;
    const users = new Set(snapshot.users);
    for (const [key, all] of this.#ofUser) {
      const { channel, user } = (all[0] as Membership).connect;
      if (channel !== snapshot.channel) continue;
      const open = all.filter(({ close, vanish, welcome }) => close === null && vanish === null && welcome !== null);
      const lastSeen = Math.max(...all.map(({ lastSign, close }) => close?.t ?? lastSign));
      const isGone = open.length === 0 && snapshot.t - lastSeen > grace + timeout + sweep + slack;
      if (isGone && users.has(user))
        this.#findings.add("P5", `${user} is a ghost`, all.at(-1)?.close ?? undefined, snapshot);
      const isThere = open.some(({ welcome }) => (welcome?.t ?? snapshot.t) < snapshot.t - slack);
      if (isThere && !users.has(user))
        this.#findings.add("P2", `${key} is there, and no member`, open[0]?.welcome ?? undefined, snapshot);
    }
    for (const user of users)
      if (!this.#ofUser.has(keyOf({ channel: snapshot.channel, user })))
        this.#findings.add("P5", `${user} was never there`, snapshot);
    for (const { connect, members, isOpen, welcome } of this.#watchers.values()) {
      if (!isOpen || welcome === null || connect.channel !== snapshot.channel) continue;
      const [told, is] = [[...members].sort(), [...users].sort()];
      if (String(told) !== String(is)) this.#findings.add("P4", `told ${told}, but it is ${is}`, connect, snapshot);
    }
  }
}

function keyOf({ channel, user }: { channel: string; user: string }): string {
  return `${channel} ${user}`;
}
