/**
 * Many rooms on one connection: what each of them would dial is a share of a connection to the user's own channel. A room
 * has its state, its backoff and its cursor as ever, and notices nothing of it.
 */
import { onAbort } from "./abort.ts";
import type { Attempt, ConnectionOptions } from "./attempt.ts";
import type { Fallback, NewFallback } from "./fallback.ts";
import { claimsOf, newFallback } from "./later.ts";
import type { Dial } from "./link.ts";
import { newSharedConnection, type SharedConnection, type Subscription } from "./shared-connection.ts";

export interface Multiplexer {
  /** The token that all have in common: asked for where there is none yet, or it has ended. */
  token(): Promise<string | null>;
  /** Of a room: the share that it dials, in place of the transports. */
  readonly newFallback: NewFallback;
}

type Parts = Omit<ConnectionOptions, "path" | "end">;

/** Subscriptions of one connection, until a welcome says how many. (SPEC SUB-7) */
const MOST = 200;
/** ms before its end that a token is not used any more. */
const ENDING = 5000;

const multiplexers = new WeakMap<object, Multiplexer>();

/** @param owner has one for all its rooms */
export function multiplexOf(owner: object, parts: Parts): Multiplexer {
  const multiplexer = multiplexers.get(owner) ?? newMultiplexer(parts);
  multiplexers.set(owner, multiplexer);
  return multiplexer;
}

function newMultiplexer({ origin, token: ask, hasOtherTokens, transports, environment }: Parts): Multiplexer {
  const { now } = environment;
  let connections: readonly SharedConnection[] = [];
  let most = MOST;
  const channels = new Set<string>();

  let latest: Promise<string | null> | null = null;
  /** What the latest said when it came. */
  let claims = claimsOf(null);
  let isPending = false;
  /** Whether no connection was dialled with it. */
  let isUnused = false;

  const fresh = () => {
    [isPending, isUnused] = [true, true];
    const asked = ask().finally(() => {
      isPending = false;
    });
    const told = asked.then(
      (token) => {
        claims = claimsOf(token);
        return token;
      },
      (error) => {
        latest = null;
        throw error;
      },
    );
    latest = told;
    return told;
  };
  /** Empty: a guest, or one whose token says nothing of a user. They have no channel of their own. */
  const userName = () => (claims.user.startsWith("guest-") ? "" : claims.user);
  /** Who logs out, or finds a service that has it turned off, goes on alone. */
  const isShared = () => userName() !== "" && most > 0;
  // Whoever dials alone may have been refused with the one before.
  const isGood = () => isPending || (isShared() && claims.expires > now() + ENDING);
  const token = async () => (latest && isGood() ? latest : fresh());

  const newConnection = (): SharedConnection => {
    const made: SharedConnection = newSharedConnection(
      {
        ...{ origin, hasOtherTokens, transports, environment },
        async token() {
          const taken = await (isUnused ? token() : fresh());
          isUnused = false;
          if (!userName()) throw new Error("no user");
          return taken;
        },
      },
      {
        limit: (given = most) => {
          most = given;
          return most;
        },
        over: () => {
          connections = connections.filter((each) => each !== made);
        },
      },
    );
    connections = [...connections, made];
    return made;
  };
  const connectionOf = ({ channel, isOwn }: Subscription) =>
    connections.find(({ has }) => has(channel)) ??
    connections.find(({ size }) => isOwn || size() < most) ??
    newConnection();
  const remove = (channel: string) => {
    for (const connection of connections) connection.remove(channel);
  };

  const newShare: NewFallback = (options, remembered, dial, subscriber, comeBack) => {
    const alone = newFallback(options, remembered, dial, subscriber, comeBack);
    const [, kind, id = ""] = /\/(\w+)s\/(.*)/.exec(options.path) as RegExpExecArray;
    const isMe = kind === "user" && id === "me";
    const channel = `${kind}:${isMe ? userName() : decodeURIComponent(id)}`;
    // Two of the same room may want it in different ways, and a connection has it once.
    if (!userName() || channels.has(channel)) return alone;

    let successor: Attempt | null = null;
    const subscription: Subscription = {
      ...{ channel, comeBack },
      query: () => subscriber.query(),
      get isOwn() {
        return isMe || channel === `user:${userName()}`;
      },
      replace() {
        if (successor?.isOver ?? true) successor = dial(async () => dialShare);
      },
    };
    const dialShare: Dial = (target, events) => connectionOf(subscription).open(subscription, target.query, events);
    const shared: Fallback = {
      dial: () => dialShare,
      welcomed() {
        successor = null;
      },
      // The transports, the token and the wakefulness of the shared connection are its own business.
      async blame() {},
      wake() {},
      renew() {},
      rest() {
        successor?.close();
        successor = null;
      },
    };
    let by = shared;
    channels.add(channel);
    onAbort(options.end, () => {
      channels.delete(channel);
      remove(channel);
    });
    return {
      dial() {
        by = isShared() ? shared : alone;
        if (by === alone) remove(channel);
        return by.dial();
      },
      welcomed: (transport) => by.welcomed(transport),
      blame: () => by.blame(),
      wake: () => by.wake(),
      renew: () => by.renew(),
      rest: () => by.rest(),
    };
  };
  return { token, newFallback: newShare };
}
