/** The world as the core of a channel sees it. */
import type { Channel } from "../core/channel.ts";
import type { Host, Task } from "../core/host.ts";
import type { Env } from "../env.ts";
import { hooks } from "../hooks.ts";
import { logLine } from "../logging.ts";
import type { Settings } from "../settings.ts";
import type { Directory } from "./directory.ts";
import type { Inlet } from "./inlet.ts";
import type { Links } from "./links/links.ts";
import type { PresenceExchange } from "./relays/presence-exchange.ts";
import type { Relay } from "./relays/relay.ts";
import { identityBy } from "./renewal.ts";
import type { Subscriptions } from "./subscriptions/subscriptions.ts";

/** What it is made of; some of it is made later than the host itself. */
export interface Surroundings {
  readonly env: Env;
  readonly settings: Settings;
  readonly channelKind: "room" | "user" | "relay";
  readonly channel: Channel;
  readonly inlet: Inlet;
  readonly directory: Directory;
  readonly links: Links;
  /** Of a user's object. */
  readonly subscriptions: Subscriptions | null;
  /** Of a relay. */
  readonly relay: Relay | null;
  /** Not of a user's object; and null before all connections from before a sleep are there. */
  readonly exchange: PresenceExchange | null;
  arm(): void;
  turn<Result>(event: (now: number) => Result): Result;
}

export function hostOf(its: () => Surroundings, hasSubscriptions: boolean): Host {
  const timers = new Set<Task>();
  return {
    later: (task, ms) => {
      if (timers.has(task)) return;
      timers.add(task);
      if (task === "presence") its().links.membersChange(Date.now());
      setTimeout(() => {
        timers.delete(task);
        its().turn((now) => its().channel.run(task, now));
      }, ms);
    },
    deadlinesChanged: () => {
      its().links.watchersChanged();
      its().exchange?.changed(Date.now());
      its().arm();
    },
    review:
      hooks.beforePublish === undefined ? null : (draft, session, then) => its().inlet.review(draft, session, then),
    elsewhere: hasSubscriptions
      ? (session, frame, text) => its().subscriptions?.take(session, frame, text) ?? null
      : null,
    ended: (session, code, closeCode) => {
      const { connection, identity } = session;
      const { env, channel, channelKind } = its();
      const ids = { channel: channel.address, user: identity.user, connection };
      logLine(env, "closed", { code, closeCode, channelKind, kind: identity.kind }, ids);
    },
    gone: (session, left, now) => {
      its().links.gone(session, left, now);
      its().relay?.connectionsChanged(now);
      its().subscriptions?.closed(session, left);
    },
    members: (limit, after, then) => {
      const { exchange, turn } = its();
      void exchange?.members(limit, after).then((page) => turn((now) => then(page, now)));
    },
    departed: (identity, now) => its().directory.departed(identity, now),
    renewed: (session) => its().subscriptions?.renewed(session),
    verify: async (token) => {
      const { channel, settings, directory, subscriptions } = its();
      const verified = await identityBy(token, channel.address, settings, directory);
      if (verified === null) return null;
      subscriptions?.verified(verified.identity, verified.grants);
      return verified.identity;
    },
    randomId: () => crypto.randomUUID(),
  };
}
