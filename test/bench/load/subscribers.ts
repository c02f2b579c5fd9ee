/** Opens the sockets of a run and reads them: each delivery is checked, timed and, where it is an answer, passed on. */
import { textFrame } from "./client-frame.ts";
import { Connection } from "./connection.ts";
import type { DeliveryChecker } from "./delivery-checker.ts";
import type { Dialect } from "./dialect.ts";
import { EventStream } from "./event-stream.ts";

/** Handshakes in flight: enough to be quick, few enough for any backlog. */
const CONNECTING_AT_ONCE = 50;

export interface Subscriber {
  /** Its number through all rooms, and in its own. */
  number: number;
  /** Its user's number. */
  user: number;
  numberInRoom: number;
  roomName: string;
  transport: "ws" | "sse";
  checker: Pick<DeliveryChecker, "take">;
}

export interface Observer {
  /** Message `count` of `publisher` reached `subscriber`, at `now` (ms, monotonic). */
  delivered(subscriber: Subscriber, publisher: number, count: number, now: number): void;
  /** The server acknowledged it to its publisher. */
  acknowledged(publisher: number, count: number): void;
  fault(reason: string): void;
}

/** Where a subscriber reads from. */
export type Reading = Connection | EventStream;

export async function connectAll(
  subscribers: readonly Subscriber[],
  options: { port: number; offersDeflate: boolean; dialect: Dialect; observer: Observer },
): Promise<Reading[]> {
  const connections: Reading[] = [];
  for (let from = 0; from < subscribers.length; from += CONNECTING_AT_ONCE) {
    const opening = subscribers
      .slice(from, from + CONNECTING_AT_ONCE)
      .map((subscriber) => connect(subscriber, options));
    connections.push(...(await Promise.all(opening)));
  }
  return connections;
}

type ConnectOptions = Parameters<typeof connectAll>[1];

function connect(subscriber: Subscriber, { port, offersDeflate, dialect, observer }: ConnectOptions) {
  return new Promise<Reading>((resolve, reject) => {
    let now = 0;
    let ready = false;
    const becomeReady = (): void => {
      ready = true;
      resolve(connection);
    };
    const fail = (reason: string): void => {
      const named = `subscriber ${subscriber.number}: ${reason}`;
      if (ready) observer.fault(named);
      else reject(new Error(named));
    };
    const reader = dialect.reader(
      {
        delivered: { marker: (publisher, count) => observer.delivered(subscriber, publisher, count, now) },
        acknowledged: { marker: (publisher, count) => observer.acknowledged(publisher, count) },
        ready: becomeReady,
        fault: fail,
        reply: (text) => connection.write(textFrame(text)),
      },
      subscriber.numberInRoom === 0,
    );
    const { headers } = dialect;
    const { roomName, user, transport } = subscriber;
    const connection: Reading =
      transport === "sse" && dialect.eventsPath !== null
        ? new EventStream({
            port,
            path: dialect.eventsPath(roomName, user),
            headers,
            onFailure: fail,
            onEvents(bytes, start, end) {
              now = performance.now();
              reader.readEvents?.(bytes, start, end);
            },
          })
        : new Connection({
            port,
            offersDeflate,
            path: dialect.path(roomName, user),
            headers,
            onFailure: fail,
            onMessage(bytes, start, end) {
              now = performance.now();
              reader.read(bytes, start, end);
            },
          });
    if (dialect.greeting.frames === 0 && connection instanceof Connection) void connection.opened.then(becomeReady);
  });
}
