/**
 * Decides about a recorded history, in one pass and a look back: which of the rules of reliability.md it breaks, and by
 * which events.
 */
import type { HistoryEvent, RunEvent } from "../history.ts";
import { Delivery, ownKey } from "./delivery.ts";
import { type Finding, Findings, type Rule } from "./findings.ts";
import { Places } from "./places.ts";
import { PresenceRules } from "./presence.ts";
import { Publishing } from "./publishing.ts";
import { Reading } from "./reading.ts";
import { Secrecy } from "./secrecy.ts";

export interface Counts {
  readonly events: number;
  readonly operations: number;
  readonly acknowledged: number;
  readonly refused: number;
  readonly delivered: number;
  readonly resumes: number;
  readonly gaps: number;
  readonly faults: Readonly<Record<string, number>>;
}

export interface Verdict {
  /** `unknown`: nothing succeeded, or no fault hit, so that nothing was shown. */
  readonly verdict: "ok" | "violated" | "unknown";
  readonly findings: readonly Finding[];
  /** How often each rule was broken. */
  readonly broken: ReadonlyMap<Rule, number>;
  readonly counts: Counts;
}

/** @param events in the order of their time, a `run` first */
export function check(events: readonly HistoryEvent[]): Verdict {
  const [run] = events;
  if (run?.type !== "run") throw new Error("a history begins with its run");
  return new Checker(run).judge(events);
}

class Checker {
  readonly #findings = new Findings();
  readonly #places: Places;
  readonly #publishing: Publishing;
  readonly #reading: Reading;
  readonly #delivery: Delivery;
  readonly #presence: PresenceRules;
  readonly #secrecy: Secrecy;
  /** What each connection published, by `ownKey`. */
  readonly #own = new Set<string>();
  readonly #channels = new Map<string, string>();
  readonly #faults: Record<string, number> = {};
  #operations = 0;
  #acknowledged = 0;
  #refused = 0;
  #pages = 0;

  constructor(run: RunEvent) {
    const findings = this.#findings;
    this.#places = new Places(findings, run.retention);
    this.#publishing = new Publishing(findings, this.#places);
    this.#reading = new Reading(findings, this.#places);
    this.#delivery = new Delivery(findings, this.#places, run);
    this.#presence = new PresenceRules(findings, run);
    this.#secrecy = new Secrecy(findings, run.slack);
  }

  judge(events: readonly HistoryEvent[]): Verdict {
    for (const event of events) this.#take(event);
    const logs = this.#reading.finish();
    this.#publishing.finish(logs);
    this.#delivery.finish(logs, this.#own, events.at(-1)?.t ?? 0);
    this.#places.finish();
    this.#presence.finish();
    const { all, counts } = this.#findings;
    const hit = Object.keys(this.#faults).length > 0;
    const succeeded = this.#acknowledged > 0 && this.#delivery.delivered > 0 && this.#pages > 0;
    return {
      verdict: all.length > 0 ? "violated" : hit && succeeded ? "ok" : "unknown",
      findings: all,
      broken: counts,
      counts: {
        events: events.length,
        operations: this.#operations,
        acknowledged: this.#acknowledged,
        refused: this.#refused,
        delivered: this.#delivery.delivered,
        resumes: this.#delivery.resumes,
        gaps: this.#delivery.gaps,
        faults: this.#faults,
      },
    };
  }

  #take(event: HistoryEvent): void {
    if (SIGNS.has(event.type)) this.#presence.sign(event as HistoryEvent & { connection: string });
    switch (event.type) {
      case "run":
      case "heal":
        return;
      case "fault":
        this.#faults[event.kind] = (this.#faults[event.kind] ?? 0) + 1;
        if (event.kind === "restore") this.#delivery.restored();
        this.#reading.fault(event);
        return this.#presence.fault(event);
      case "canary":
        return this.#secrecy.canary(event);
      case "grant":
        return this.#secrecy.grant(event);
      case "revoke":
        return this.#secrecy.revoke(event);
      case "send":
        this.#operations++;
        if (event.connection !== null) this.#own.add(ownKey(event.connection, event.user, event.id, event.data));
        return this.#publishing.send(event);
      case "ok": {
        this.#acknowledged++;
        const channel = this.#publishing.ok(event);
        this.#reading.saw(channel, event.cursor, event);
        return this.#delivery.acknowledged(channel, event);
      }
      case "fail":
        this.#refused++;
        return this.#publishing.fail(event);
      case "connect":
        this.#channels.set(event.connection, event.channel);
        this.#reading.asked(event, this.#publishing.floor(event.channel));
        this.#secrecy.asks(event.connection, event.user);
        this.#presence.connect(event);
        return this.#delivery.connect(event);
      case "welcome":
        this.#reading.welcome(this.#channels.get(event.connection) ?? "", event);
        this.#presence.welcome(event);
        return this.#delivery.welcome(event);
      case "message":
        this.#secrecy.received(event, [event.text], event.connection);
        return this.#delivery.message(event);
      case "gap":
        return this.#delivery.gap(event);
      case "at":
        return this.#delivery.at(event);
      case "presence":
        this.#delivery.sign(event);
        return this.#presence.presence(event);
      case "sign":
        return this.#delivery.sign(event);
      case "close":
        this.#presence.close(event);
        return this.#delivery.close(event);
      case "vanish":
        this.#presence.vanish(event);
        return this.#delivery.close(event);
      case "stop":
        return this.#delivery.stop(event);
      case "read":
        this.#secrecy.asks(event.op, event.user);
        return this.#reading.asked(event, this.#publishing.floor(event.channel));
      case "page":
        this.#pages++;
        this.#secrecy.received(event, event.messages, event.op);
        return this.#reading.page(event);
      case "members":
        return this.#presence.snapshot(event);
      case "raw":
        return this.#secrecy.search(event, [event.text], event.user);
      default:
        return event satisfies never;
    }
  }
}

/** What shows that the service still holds the connection. */
const SIGNS: ReadonlySet<string> = new Set(["welcome", "message", "gap", "at", "presence", "sign"]);

/** The verdict as text: what was found, each with its events. */
export function describe({ verdict, findings, broken, counts }: Verdict): string {
  const found = findings.map(({ rule, what, events }) =>
    [`${rule}: ${what}`, ...events.map((event) => `    ${JSON.stringify(event).slice(0, 400)}`)].join("\n"),
  );
  const sums = [...broken].map(([rule, count]) => `${rule} ×${count}`).join(", ");
  return [`verdict: ${verdict}${sums && ` (${sums})`}`, JSON.stringify(counts), ...found].join("\n");
}
