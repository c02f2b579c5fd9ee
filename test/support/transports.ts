import { connect } from "./client.ts";
import { call } from "./http.ts";
import { connectPoll } from "./poll-client.ts";
import { connectSse } from "./sse-client.ts";
import type { ConnectOptions, Subscriber } from "./subscriber.ts";

/** One way to follow a channel. What is above it need not ask which. */
export interface Transport {
  readonly name: "ws" | "sse" | "poll";
  /** Where it is, below the channel. */
  readonly endpoint: "connect" | "events" | "poll";
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
  connect: async (options, chain) => {
    const client = await connect({ heartbeat, ...options }, chain);
    // workerd ends the TCP connection of a client that never sent anything ten seconds late.
    client.send("ping");
    return client;
  },
};
export const overSse: Transport = { name: "sse", endpoint: "events", connect: connectSse };
export const overPoll: Transport = { name: "poll", endpoint: "poll", connect: connectPoll };

/** As a browser does it: its ticket is the only credential, however often it comes back. */
export const overSseByTicket: Transport = {
  name: "sse",
  endpoint: "events",
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

export const transports: readonly Transport[] = [overWebSocket, overSse, overPoll];

/** The next connection of the same subscriber, from where it got to, over that transport. */
export function changeTo(transport: Transport, { options, cursor, chain }: Subscriber): Promise<Subscriber> {
  const query = { ...options.query, rewind: undefined, after: cursor };
  return transport.connect({ ...options, query }, chain);
}
