/** Other channels on one connection. (SPEC SUB-1 to SUB-10) */
import type { Config } from "../config.ts";
import { formatAddress } from "../protocol/address.ts";
import { type Failure, failure } from "../protocol/codes.ts";
import type { ClientFrame, Subscribed, UnsubscribedFrame } from "../protocol/frames.ts";
import type { Channel } from "./channel.ts";
import { fieldsOf } from "./encode.ts";
import type { Session } from "./session.ts";

/** A frame that says which channel it is about. */
export type Addressed = Extract<ClientFrame, { channel?: string }> & { readonly channel: string };

/** To how many a session may subscribe: those of a user in their own channel may, and nobody else. */
export function mostSubscriptions(
  { identity: { user }, transport }: Session,
  address: string,
  { SUBSCRIPTIONS }: Config,
): number {
  return transport === "ws" && address === formatAddress({ kind: "user", id: user }) ? SUBSCRIPTIONS : 0;
}

/** The frame, if it is about another channel than the socket's own. */
export function addressedElsewhere({ address }: Channel, frame: ClientFrame): Addressed | null {
  return "channel" in frame && frame.channel !== undefined && frame.channel !== address ? (frame as Addressed) : null;
}

/** Hands such a frame to whoever keeps the session's subscriptions; answers as they do. (SPEC SUB-3) */
export function forward(
  { address, config, host }: Channel,
  session: Session,
  frame: Addressed,
  text: string,
  now: number,
): Failure | string | null {
  if (host.elsewhere !== null && mostSubscriptions(session, address, config) > 0)
    return host.elsewhere(session, frame, text, now);
  return frame.type === "subscribe"
    ? failure("bad_request", "Subscribe on the socket of your own user channel.")
    : failure("not_found", "This socket has no subscription to that channel.");
}

/** Where a frame's type ends that begins with `{"type":"`. */
const BEFORE_TYPE = '{"type":"'.length;

/** A frame of a channel, as it goes to who has subscribed to it: `channelJson` is the address as JSON. (SPEC SUB-2) */
export function ofChannel(text: string, channelJson: string): string {
  const end = text.indexOf('"', BEFORE_TYPE) + 1;
  return `${text.slice(0, end)},"channel":${channelJson}${text.slice(end)}`;
}

/** What a subscriber is told of a subscription's end. (SPEC SUB-6) */
export function unsubscribedFrame(channel: string, code: number, reason: string): string {
  return JSON.stringify({ type: "unsubscribed", channel, code, reason } satisfies UnsubscribedFrame);
}

/** What the ack of a `subscribe` brings, as JSON fields: of the channel's own welcome what is not the socket's. (SPEC SUB-1) */
export function subscribedFields(welcome: Subscribed): string {
  const { channel, connection, cursor, resume, presence, unread, read } = welcome;
  return fieldsOf({ channel, connection, cursor, resume, presence, unread, read });
}
