import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect } from "vitest";
import { channelUrl, type Query } from "./channel-url.ts";
import { type Client, connect } from "./client.ts";
import type { Published } from "./frames.ts";
import { type Answer, type CallOptions, call } from "./http.ts";
import { apiKey, authSecret } from "./secrets.ts";
import { type Server, startServer } from "./server.ts";
import type { ConnectOptions, Subscriber } from "./subscriber.ts";
import { type Claims, claimsOf, sign } from "./tokens.ts";
import { subscriptionsOverHttp, type Transport } from "./transports.ts";

export { apiKey, authSecret };

export type JoinOptions = Partial<Pick<ConnectOptions, "heartbeat" | "token" | "timeout">>;
export type ServiceCall = CallOptions & { query?: Query; as?: string };

/** The service of one test file, and the things most tests do with it. */
export interface Service {
  readonly server: Server;
  /** Origin now. */
  readonly origin: () => string;
  /** Connects a user with every right in every room; resolves at the welcome. */
  join(user: string, room: string, query?: Query, options?: JoinOptions): Promise<Client>;
  /** Connects with `API_KEY` on behalf of a user: without rates. */
  joinAs(user: string, room: string, query?: Query, options?: JoinOptions): Promise<Client>;
  /** Connects a user with every right over that transport; resolves at the welcome, or what stands for it. */
  subscribe(
    transport: Transport,
    user: string,
    room: string,
    query?: Query,
    options?: JoinOptions,
  ): Promise<Subscriber>;
  /** One request to an endpoint of a room, as the user `as` (default `server`, by `API_KEY`) or with `token`. */
  room<T = Record<string, unknown>>(
    method: string,
    room: string,
    endpoint: string,
    options?: ServiceCall,
  ): Promise<Answer<T>>;
  /** Publishes over HTTP as `API_KEY` and returns the answer. */
  publish(room: string, body: unknown): Promise<Answer<Published>>;
  /** Stores so many messages with `data` {"n":1}, {"n":2}, … (and `pad`) and returns the cursor of the last. */
  fill(room: string, count: number, pad?: string): Promise<string>;
  /** Checks that the room still takes a message and delivers it. */
  canary(room: string): Promise<void>;
}

/** A token for every operation in every room, unless told otherwise. */
export function tokenFor(user: string, capabilities: Record<string, string[]> = everything, more: Claims = {}): string {
  return sign({ claims: claimsOf(user, capabilities, more), secret: authSecret });
}

const everything = { "room:*": ["subscribe", "history", "publish", "signal", "presence"] };
const perArray = 100;

/** An id for a room that no other test uses. */
export const uniqueRoom = (name: string): string => `${name}-${randomBytes(5).toString("hex")}`;

/** Starts a service for the tests of the calling file, and stops it and all its clients after them. */
export function useService(vars: Record<string, string> = { AUTH_SECRET: authSecret, API_KEY: apiKey }): Service {
  let running: Server | undefined;
  beforeAll(async () => {
    running = await startServer({ vars });
  });
  afterAll(() => running?.stop());
  return useServerOf(() => {
    if (running === undefined) throw new Error("the server has not started");
    return running;
  });
}

/** The service of a server that is started elsewhere; stops the calling file's clients after its tests. */
export function useServerOf(server: () => Server): Service {
  const clients: Subscriber[] = [];
  afterAll(() => {
    for (const client of clients.flatMap(({ chain }) => chain)) client.terminate();
  });
  const origin = () => server().url;

  const begin = async <S extends Subscriber>(
    dial: (options: ConnectOptions) => Promise<S>,
    ...[user, room, query = {}, options = {}]: Parameters<Service["join"]>
  ): Promise<S> => {
    const client = await dial({ server: origin, channel: `room:${room}`, token: tokenFor(user), query, ...options });
    clients.push(client);
    return client;
  };
  const join: Service["join"] = (...how) => begin(connect, ...how);
  const room: Service["room"] = (method, id, endpoint, { query, as, ...options } = {}) => {
    const token = "token" in options ? options.token : as === undefined ? apiKey : tokenFor(as);
    return call(method, channelUrl(origin(), `room:${id}`, endpoint, query), { ...options, token });
  };
  const service: Service = {
    get server() {
      return server();
    },
    origin,
    join,
    // All that follow something through one user's channel are connections to that: here each is somebody of their own.
    subscribe: (transport, user, id, ...how) =>
      begin(transport.connect, subscriptionsOverHttp.includes(transport) ? `${user}-${id}` : user, id, ...how),
    joinAs: (user, id, query = {}, options = {}) => join(user, id, { ...query, user }, { token: apiKey, ...options }),
    room,
    publish: (id, body) => room("POST", id, "messages", { body }),
    fill: async (id, count, pad) => {
      let cursor = "";
      for (let first = 1; first <= count; first += perArray) {
        const size = Math.min(perArray, count - first + 1);
        const body = Array.from({ length: size }, (_, index) => ({ data: { n: first + index, pad } }));
        const answer = await room<{ results: Published[] }>("POST", id, "messages", { body });
        expect(answer.status, answer.text).toBe(201);
        cursor = answer.body.results.at(-1)?.cursor ?? cursor;
      }
      return cursor;
    },
    canary: async (id) => {
      const data = `canary-${randomBytes(8).toString("hex")}`;
      const listener = await join("canary", id);
      const answer = await service.publish(id, { data });
      expect(answer.status, answer.text).toBe(201);
      await listener.until(({ messages }) => messages.some((message) => message.data === data), "the canary");
      await listener.close();
    },
  };
  return service;
}
