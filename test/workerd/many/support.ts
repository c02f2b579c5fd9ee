import type { Channel } from "../support/channel.ts";
import { type Client, connect, type Frame } from "../support/client.ts";
import type { User } from "../support/user.ts";

/** Everything, everywhere. */
export const ALL = { "*": ["*"] };

/** A connection of a user to their own channel, by a token that grants that much. */
export async function device(user: User, capabilities: Record<string, string[]> = ALL, query = {}): Promise<Client> {
  return connect(user, { token: await user.token(5, { capabilities }), query });
}

/** Subscribes; answers the ack or error. */
export const subscribe = (client: Client, channel: Channel, options: Record<string, unknown> = {}): Promise<Frame> =>
  client.request({ type: "subscribe", channel: channel.address, ...options });

export const framesIn = (client: Client, channel: Channel, type?: string): Frame[] =>
  client.frames.filter((frame) => frame.channel === channel.address && (type === undefined || frame.type === type));

/** Data of the messages that came of that channel. */
export const dataIn = (client: Client, channel: Channel): unknown[] =>
  framesIn(client, channel, "messages").flatMap(({ messages }) => messages.map(({ data }: { data: unknown }) => data));

export const seqsIn = (client: Client, channel: Channel): number[] =>
  framesIn(client, channel, "messages").flatMap(({ messages }) => messages.map(({ seq }: { seq: number }) => seq));

/** Resolves when so many messages of that channel have come. */
export const messagesIn = (client: Client, channel: Channel, count: number): Promise<unknown> =>
  client.until(() => seqsIn(client, channel).length >= count, `${count} messages of ${channel.address}`);

export const upTo = (count: number, first = 1): number[] => Array.from({ length: count }, (_, index) => first + index);
