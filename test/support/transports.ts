import { connect } from "./client.ts";
import { call } from "./http.ts";
import { connectPoll } from "./poll-client.ts";
import { connectSharedPoll, connectSharedSse } from "./shared-http-clients.ts";
import { connectSse } from "./sse-client.ts";
import type { ConnectOptions, Subscriber } from "./subscriber.ts";
import { connectSubscription } from "./subscription-client.ts";

/** One way to follow a channel. What is above it need not ask which. */
export interface Transport {
  readonly name: "ws" | "sse" | "poll" | "sub" | "sub over sse" | "sub over poll";
  /** Where it is, below the channel. Null: it is not dialled at the channel itself. */
  readonly endpoint: "connect" | "events" | "poll" | null;
  /** Whether one is a member who does not say `member=0`, or only who says `member=1`. (SPEC TRANSPORT-2) */
  readonly isMember: boolean;
  /**
   * Resolves at the welcome, or what stands for it; rejects with what was answered instead.
   * @param chain the connections that this subscriber had before
   */
  readonly connect: (options: ConnectOptions, chain?: Subscriber[]) => Promise<Subscriber>;
}

/** ms. Whoever has sent one ping must go on: a test may take minutes where the machine has other things to do. */
const heartbeat = 30_000;

export const overWebSocket: Transport = {
  name: "ws",
  endpoint: "connect",
  isMember: true,
  connect: async (options, chain) => {
    const client = await connect({ heartbeat, ...options }, chain);
    // workerd ends the TCP connection of a client that never sent anything ten seconds late.
    client.send("ping");
    return client;
  },
};
export const overSse: Transport = { name: "sse", endpoint: "events", isMember: false, connect: connectSse };
export const overPoll: Transport = { name: "poll", endpoint: "poll", isMember: false, connect: connectPoll };
/** On a WebSocket to one's own channel. */
export const overSubscription: Transport = {
  name: "sub",
  endpoint: null,
  isMember: true,
  connect: (options, chain) => connectSubscription({ heartbeat, ...options }, chain),
};

/** As a browser does it: its ticket is the only credential, however often it comes back. */
export const overSseByTicket: Transport = {
  name: "sse",
  endpoint: "events",
  isMember: false,
  connect: async ({ query: { user, ...query } = {}, ...options }, chain) => {
    const body = { channel: options.channel, user };
    const made = await call<{ ticket: string }>("POST", `${options.server()}/v1/tickets`, {
      token: options.token,
      body,
    });
    if (made.status !== 201) throw new Error(`${made.status} ${made.text}`);
    return connectSse({ ...options, query: { ...query, ticket: made.body.ticket } }, chain);
  },
};

/** Through one's own channel, without a WebSocket. They begin at a cursor, or now. */
export const subscriptionsOverHttp: readonly Transport[] = [
  { name: "sub over sse", endpoint: null, isMember: false, connect: connectSharedSse },
  { name: "sub over poll", endpoint: null, isMember: false, connect: connectSharedPoll },
];

/** Those that are dialled at the channel itself. */
export const dialled: readonly Transport[] = [overWebSocket, overSse, overPoll];
export const transports: readonly Transport[] = [...dialled, overSubscription];

/** The next connection of the same subscriber, from where it got to, over that transport. */
export function changeTo(transport: Transport, { options, cursor, chain }: Subscriber): Promise<Subscriber> {
  const query = { ...options.query, rewind: undefined, after: cursor };
  return transport.connect({ ...options, query }, chain);
}
