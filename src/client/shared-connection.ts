/**
 * A connection to the user's own channel that carries others too (SPEC SUB-1 to SUB-9). To each subscription it is a link
 * like any other: a subscribe is its dial, the ack its welcome, and what ends it a close.
 */
import type { AckFrame, ClientFrame, ErrorFrame, ServerFrame, WelcomeFrame } from "../protocol/frames.ts";
import type { ConnectionOptions } from "./attempt.ts";
import { newConnection } from "./connection.ts";
import type { Fallback } from "./fallback.ts";
import { newFallback } from "./later.ts";
import type { Link, LinkEvents, Query } from "./link.ts";
import type { ConnectionState } from "./machine.ts";
import { sharedOverHttp } from "./shared-http.ts";
import { closeCodeOf, subscribeFrame } from "./subscribe.ts";
import { dialWebSocket } from "./websocket.ts";

export interface Subscription {
  /** `room:lobby` */
  readonly channel: string;
  /** Of the channel that the connection itself is to. */
  readonly isOwn: boolean;
  /** What it is to begin with. */
  query(): Query;
  /** There is a connection again. */
  comeBack(): void;
  /** There is another connection: opens another link in the place of the one it has. */
  replace(): void;
}

export interface SharedConnection {
  has(channel: string): boolean;
  /** Subscriptions, without the connection's own channel. */
  size(): number;
  /** Its place is its own from now on, over any number of links, until it is removed. */
  open(subscription: Subscription, query: Query, events: LinkEvents): Link;
  /** Leaves that channel; with the last the connection ends. */
  remove(channel: string): void;
}

interface SharedEvents {
  /** How many subscriptions a connection has room for, if the service has just said it; returns what counts. */
  limit(most?: number): number;
  /** It is of no use any more. */
  over(): void;
}

/** A subscription's link. */
interface Share {
  readonly query: Query;
  readonly events: LinkEvents;
  /** The link over an earlier connection: it has its place until this one is welcome. */
  before: Share | null;
  /** Of the subscribe under way. */
  ref: string;
  /** Over which it is welcome. */
  by: WelcomeFrame | null;
}

interface Place {
  readonly subscription: Subscription;
  /** Null: it has no link now, but will come back. */
  share: Share | null;
}

const LOST = 1006;
const RESTART = 1012;
const ERASED = 4410;
export function newSharedConnection(
  options: Omit<ConnectionOptions, "path" | "end">,
  { limit, over }: SharedEvents,
): SharedConnection {
  const end = new AbortController();
  /** By channel, in the order in which they came. */
  const places = new Map<string, Place>();
  /** Of the connection there is. */
  let welcome: WelcomeFrame | null = null;
  /** The subscription to the own channel that the connection was dialled for: what it wants is said when it is dialled. */
  let dialledFor: Subscription | undefined;
  /** What came of the own channel before its subscription has a link; null: that has taken it, or it is for nobody. */
  let early: ServerFrame[] | null = null;
  let refs = 0;

  const ownPlace = () => [...places.values()].find(({ subscription }) => subscription.isOwn);
  const close = (place: Place | undefined, share: Share, code: number, reason: string, retryAfter?: number) => {
    if (place?.share === share) place.share = null;
    share.events.closed(code, reason, retryAfter);
    share.before?.events.closed(code, reason, retryAfter);
  };
  const begin = (share: Share, subscribed: object) => {
    const { presence: _, read: __, unread: ___, ...common } = welcome as WelcomeFrame;
    share.by = welcome;
    share.before = null;
    // Its token is the connection's business.
    share.events.frame({ ...common, ...subscribed, type: "welcome", expires: null });
  };

  const start = ({ channel, isOwn }: Subscription, share: Share) => {
    if (!welcome) return; // with the next
    if (!isOwn) {
      share.ref = `→ ${++refs}`;
      connection.send(subscribeFrame(channel, share.ref, share.query));
    } else if (early) {
      const frames = early;
      early = null;
      begin(share, welcome);
      for (const frame of frames) share.events.frame(frame);
    } else change();
  };
  /** All at once: none waits for another's ack. */
  const startAll = (frame: WelcomeFrame) => {
    welcome = frame;
    const own = ownPlace()?.subscription;
    early = own && own === dialledFor ? [] : null;
    if (own !== dialledFor) change();
    // Over HTTP it is not the connection that has a limit.
    const isWebSocket = connection.state.name === "connected" && connection.state.transport === "websocket";
    let left = limit(isWebSocket ? frame.limits.subscriptions : undefined);
    for (const place of [...places.values()]) {
      const { subscription, share } = place;
      if (subscription !== own && left-- <= 0) {
        // Another connection takes it.
        forget(subscription.channel);
        if (share) close(place, share, RESTART, "too many subscriptions");
        else subscription.comeBack();
      } else if (!share) subscription.comeBack();
      else if (share.by) subscription.replace();
      else start(subscription, share);
    }
  };
  const forget = (channel: string) => {
    places.delete(channel);
    if (places.size > 0) return;
    connection.send({ type: "leave" });
    connection.close();
    end.abort();
  };

  const take = (frame: ServerFrame) => {
    if (frame.type === "welcome") return startAll(frame);
    const { channel, ...rest } = frame;
    if (!channel && early) return void early.push(frame);
    const place = channel ? places.get(channel) : ownPlace();
    const share = place?.share;
    if (!share) return;
    if (!share.by) answer(place, share, frame);
    else if (frame.type === "unsubscribed") close(place, share, frame.code, frame.reason);
    else share.events.frame(rest);
  };
  /** What comes before the answer to its subscribe is of an earlier one. */
  const answer = (place: Place, share: Share, frame: ServerFrame) => {
    const answers = frame.type === "acks" ? frame.acks : [frame as AckFrame | ErrorFrame];
    const found = answers.find(({ ref }) => ref !== undefined && ref === share.ref);
    if (!found) return;
    if (frame.type !== "error") return begin(share, found);
    const { code, retryAfter } = frame;
    close(place, share, closeCodeOf(code, retryAfter), code, retryAfter);
  };
  const stateChanged = (state: ConnectionState) => {
    if (state.name === "connected") return;
    welcome = early = null;
    if (state.name === "connecting") return;
    if (state.name === "closed") over();
    const { code, reason } = state;
    const retryAfter = state.name === "waiting" ? state.retryAt - options.environment.now() : undefined;
    for (const place of [...places.values()]) {
      // That the user's own channel was erased is the end of nothing else.
      const why = code === ERASED && !place.subscription.isOwn ? RESTART : code;
      if (place.share) close(place, place.share, why, reason, retryAfter);
    }
  };

  let fallback: Fallback | null = null;
  /** What it was dialled with is another now: a connection with that takes its place. */
  const change = () => {
    if (connection.state.name === "connected") fallback?.renew();
  };
  /** How far its subscription has read that channel. */
  const positionOf = (channel: string) => places.get(channel)?.subscription.query().after as string | undefined;
  const connection = newConnection(
    {
      dials: {
        websocket: dialWebSocket,
        sse: sharedOverHttp("sse", positionOf, closeCodeOf),
        poll: sharedOverHttp("poll", positionOf, closeCodeOf),
      },
      ...{ ...options, path: "/v1/users/me", end: end.signal },
      route: async () => ({
        newFallback(...given) {
          fallback = newFallback(...given);
          return fallback;
        },
      }),
    },
    {
      query() {
        dialledFor = ownPlace()?.subscription;
        // Who only reads their rooms by it is no member of the channel itself.
        return dialledFor?.query() ?? { member: 0 };
      },
      welcome() {},
      frame: take,
      stateChanged,
    },
  );

  return {
    has: (channel) => places.has(channel),
    size: () => places.size - (ownPlace() ? 1 : 0),
    open(subscription, query, events) {
      const { channel } = subscription;
      const place = places.get(channel) ?? { subscription, share: null };
      const before = place.share?.by ? place.share : null;
      const share: Share = { query, events, before, ref: "", by: null };
      place.share = share;
      places.set(channel, place);
      start(subscription, share);
      return {
        get transport() {
          const { state } = connection;
          return state.name === "connected" ? state.transport : "websocket";
        },
        send(frame: ClientFrame) {
          // A leave is said when the subscription is removed. Over a new connection that knows nothing of it yet nothing
          // can be sent: what must arrive is sent again at its welcome.
          if (share.by && share.by === welcome && frame.type !== "leave")
            connection.send(subscription.isOwn ? frame : ({ ...frame, channel } as ClientFrame));
        },
        close() {
          if (place.share === share) close(place, share, LOST, "");
        },
      };
    },
    remove(channel) {
      const place = places.get(channel);
      if (!place) return;
      if (places.size > 1 && place.subscription.isOwn) change();
      else if (places.size > 1) connection.send({ type: "unsubscribe", channel });
      forget(channel);
    },
  };
}
