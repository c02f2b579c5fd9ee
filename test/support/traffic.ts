import { setTimeout as pause } from "node:timers/promises";
import { type Client, Unanswered } from "./client.ts";
import type { Published } from "./frames.ts";
import type { Subscriber } from "./subscriber.ts";

/** One publish with an id, sent again and again with the same id until it is acknowledged. */
export interface Publish {
  id: string;
  data: unknown;
}

/** Publishes once. Rejects if no answer came: nobody knows then whether it is stored. */
export type Transport = (publish: Publish) => Promise<Published>;

/** An answer that says that a publish is refused for good. */
export class Refused extends Error {}

/** A publisher that never gives a message up. */
export interface Publisher {
  readonly user: string;
  /** Every answer that came, by id. */
  readonly answers: Map<string, Published>;
  /** What was ever sent, by id. */
  readonly sent: Map<string, unknown>;
  /** Frames that were sent and whose connection ended before the answer. */
  readonly unanswered: number;
  /** Resolves when what is under way is acknowledged; nothing new is begun. */
  stop(): Promise<void>;
}

/** Starts publishing, so many at a time. */
export function startPublisher(user: string, transport: Transport, atOnce: number): Publisher {
  const answers = new Map<string, Published>();
  const sent = new Map<string, unknown>();
  let unanswered = 0;
  let running = true;
  const publishUntilAcknowledged = async (publish: Publish) => {
    sent.set(publish.id, publish.data);
    for (;;) {
      try {
        answers.set(publish.id, await transport(publish));
        return;
      } catch (error) {
        if (error instanceof Refused) throw error;
        if (error instanceof Unanswered) unanswered++;
        await pause(50 * Math.random());
      }
    }
  };
  const line = async (name: number) => {
    for (let n = 0; running; n++)
      await publishUntilAcknowledged({ id: `${user}-${name}-${n}`, data: { user, name, n } });
  };
  const lines = Promise.all(Array.from({ length: atOnce }, (_, name) => line(name)));
  // Awaited in stop(); until then a failure must not count as unhandled.
  lines.catch(() => undefined);
  return {
    user,
    answers,
    sent,
    get unanswered() {
      return unanswered;
    },
    stop: async () => {
      running = false;
      await lines;
    },
  };
}

/** One subscriber that comes back whenever its connection ends. */
export interface Follower<S extends Subscriber = Client> {
  /** The connection it has now, dialling until there is one. */
  open(): Promise<S>;
  /** All connections it ever had. */
  readonly chain: Subscriber[];
  /** Stops coming back; the open connection stays. */
  stop(): void;
}

/** Follows a channel from a first connection on. */
export function follow<S extends Subscriber>(first: S): Follower<S> {
  let running = true;
  let current: Promise<S>;
  const comeBack = async (last: S): Promise<S> => {
    while (running) {
      try {
        // Over the same transport, so of the same class.
        return watched((await last.resume()) as S);
      } catch {
        await pause(50 * Math.random());
      }
    }
    throw new Error("stopped before it was back");
  };
  const watched = (subscriber: S): S => {
    subscriber.closed.then(() => {
      if (!running) return;
      current = comeBack(subscriber);
      current.catch(() => undefined);
    });
    return subscriber;
  };
  current = Promise.resolve(watched(first));
  return {
    open: () => current,
    chain: first.chain,
    stop: () => {
      running = false;
    },
  };
}
