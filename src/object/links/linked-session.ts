/** What of a subscription survives the channel's sleep and its crash. */
import type { Config } from "../../config.ts";
import type { Identity } from "../../core/identity.ts";
import { newSession, type Session, type SessionFacts, type Subscriber } from "../../core/session.ts";
import type { Ending } from "./link.ts";

/** Change it with the shape: a subscription of another version ends, and its client subscribes again. */
const VERSION = 1;

/** A subscription, as it is written down. */
export interface Saved {
  readonly version: typeof VERSION;
  readonly subscription: string;
  readonly identity: Omit<Identity, "info">;
  readonly facts: Omit<SessionFacts, "userJson">;
}

export function saveSessions(sessions: Iterable<readonly [subscription: string, Session]>): string {
  const saved: Saved[] = [];
  for (const [subscription, session] of sessions) {
    const { user, kind, operations, issuedAt, expires } = session.identity;
    const { connection, connectedAt, member, presence, echo, acks, transport, view, signals } = session;
    const facts = { connection, connectedAt, member, presence, echo, acks, transport, view, signals };
    saved.push({ version: VERSION, subscription, identity: { user, kind, operations, issuedAt, expires }, facts });
  }
  return JSON.stringify(saved);
}

/** The subscriptions of a row; those that cannot be understood are only named. */
export function savedSessions(text: string): { readonly known: Saved[]; readonly unknown: string[] } {
  const all = JSON.parse(text) as Saved[];
  return {
    known: all.filter(({ version }) => version === VERSION),
    unknown: all.filter(({ version }) => version !== VERSION).map(({ subscription }) => subscription),
  };
}

/** Everything else about it begins anew: it counts as being at the head, and who passes it on knows where it stands. */
export function restoreSession({ identity, facts }: Saved, subscriber: Subscriber, config: Config): Session {
  const session = newSession({ ...identity, info: null }, facts, subscriber, config, facts.connectedAt);
  return { ...session, member: facts.member };
}

export function saveEndings(ended: ReadonlyMap<string, Ending>): string {
  return JSON.stringify([...ended]);
}

export function savedEndings(text: string): [string, Ending][] {
  return JSON.parse(text) as [string, Ending][];
}
