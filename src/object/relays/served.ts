/** A room's relays: does for them what only the room can, once however often a call comes. (SPEC RELAY-3, RELAY-4) */
import type { Channel } from "../../core/channel.ts";
import type { Identity } from "../../core/identity.ts";
import type { Requests } from "../../core/request.ts";
import type { Session } from "../../core/session.ts";
import type { Published } from "../../core/upstream.ts";
import type { Failure } from "../../protocol/codes.ts";
import type { Cursor } from "../../protocol/cursor.ts";
import type { Log } from "../../storage/log.ts";
import type { Links } from "../links/links.ts";
import type { TailPage, UpAct, UpAnswer, UpCall } from "./calls.ts";
import type { PresenceNews } from "./presence-news.ts";

/** Bytes of messages in one page of the log, unless one message alone is larger. */
const PAGE_BYTES = 1024 * 1024;

/** Who publishes has shown at the relay that they may, and was counted there. */
const RELAY: Identity = { user: "server", kind: "server", operations: 0, issuedAt: null, expires: null, info: null };

export interface ServedParts {
  readonly channel: Channel;
  readonly log: Log;
  readonly requests: Requests;
  readonly links: Links;
  /** A relay tells of members. */
  presence(relay: string, news: PresenceNews, now: number): void;
  turn<Result>(event: (now: number) => Result): Result;
}

type Result = Published | Failure | null;

export class ServedRelays {
  readonly #parts: ServedParts;
  /** The last call of each subscription. */
  readonly #last = new Map<
    string,
    { readonly relay: string; readonly number: number; readonly answer: Promise<UpAnswer> }
  >();

  constructor(parts: ServedParts) {
    this.#parts = parts;
  }

  /** The relays that are attached, with the connections that each holds (0: it has not said so yet). */
  attached(): { readonly name: string; readonly connections: number }[] {
    return [...this.#parts.links.relays.attached()].map(({ name, connections }) => ({
      name,
      connections: connections ?? 0,
    }));
  }

  async call(call: UpCall): Promise<UpAnswer> {
    const { relay, subscription, number, connections } = call;
    const { links } = this.#parts;
    const session = links.relay(relay, subscription);
    if (session === null) {
      this.#last.delete(subscription);
      return { kind: "ended", ending: links.endingOf(relay, subscription) };
    }
    const last = this.#last.get(subscription);
    if (last !== undefined && number < last.number) return { kind: "stale", last: last.number };
    if (last?.number === number) return last.answer;
    links.relays.heard(relay, connections);
    const answer = this.#perform(call, session, last === undefined);
    this.#last.set(subscription, { relay, number, answer });
    for (const [other, { relay: name }] of this.#last) if (links.relay(name, other) === null) this.#last.delete(other);
    return answer;
  }

  /** The messages before that place; null: none, only where the log stands. */
  logBefore(before: Cursor | null, now: number): TailPage {
    const { log } = this.#parts;
    const head = log.open(now);
    const { bytes } = log;
    if (before === null || before.epoch !== head.epoch) return { head, bytes, texts: [], isAll: false };
    const { first, texts } = log.readBefore(before.seq, 0, Number.MAX_SAFE_INTEGER, PAGE_BYTES, now);
    return { head, bytes, texts, isAll: texts.length === 0 || first <= log.oldest(now) };
  }

  async #perform({ acts, isRepeated }: UpCall, session: Session, isFirst: boolean): Promise<UpAnswer> {
    const { channel, log, turn } = this.#parts;
    const { results, committed } = turn((now) => {
      let committed: Promise<void> | null = null;
      const results = acts.map((act): Result => {
        // The room has lost its memory since: signals are better lost than doubled. Messages are known by their ids.
        if (act.kind === "signal" && isRepeated && isFirst) return null;
        const done = this.#act(act, session, now);
        committed = done.committed ?? committed;
        return done.result;
      });
      return { results, committed: committed as Promise<void> | null };
    });
    await committed;
    const { epoch, seq } = log.head ?? { epoch: channel.epoch, seq: 0 };
    return { kind: "done", head: { epoch, seq }, results };
  }

  #act(act: UpAct, session: Session, now: number): { result: Result; committed?: Promise<void> } {
    const { channel, requests, presence } = this.#parts;
    if (act.kind === "presence") {
      presence(session.identity.user, act.news, now);
      return { result: null };
    }
    if (act.kind === "signal") {
      const { userJson, connection } = act;
      return { result: channel.addSignal(act.signal, { userJson, origin: session, connection }, now) };
    }
    const accepted = requests.publish(RELAY, act.drafts, null, now, true);
    if ("code" in accepted) return { result: accepted };
    return { result: { epoch: channel.epoch, receipts: accepted.receipts }, committed: accepted.committed };
  }
}
