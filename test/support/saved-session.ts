/** What a session leaves behind for its next life, as `src/object/hibernation.ts` writes it to the socket's attachment. */
import type { Config } from "../../src/config.ts";
import type { Identity } from "../../src/core/identity.ts";
import { newSession, type Session, type Subscriber } from "../../src/core/session.ts";

export function saveSession(session: Session): string {
  const { connection, identity, connectedAt, signSavedUntil, disbelieved, feed } = session;
  const { member, presence, echo, acks, transport, view, signals } = session;
  const { user, kind, operations, issuedAt, expires } = identity;
  const replay = feed.kind === "live" ? null : { epoch: feed.epoch, position: feed.position };
  const known = { connection, user, kind, operations, issuedAt, expires, connectedAt, signSavedUntil, disbelieved };
  return JSON.stringify({ ...known, member, presence, echo, acks, transport, view, signals, replay });
}

export function restoreSession(saved: string, subscriber: Subscriber, config: Config): Session {
  const { user, kind, operations, issuedAt, expires, connectedAt, signSavedUntil, disbelieved, replay, ...facts } =
    JSON.parse(saved);
  const identity: Identity = { user, kind, operations, issuedAt, expires, info: null };
  return {
    ...newSession(identity, facts, subscriber, config, connectedAt),
    member: facts.member,
    lastFrameAt: signSavedUntil,
    signSavedUntil,
    disbelieved,
    feed: replay === null ? { kind: "live" } : { kind: "replay", ...replay },
  };
}
