/** What the user of a connection may do in another channel, and why they may not follow it as they ask to. (SPEC SUB-4) */
import { operationsFor } from "../../auth/capabilities.ts";
import type { ChannelRule } from "../../channel-rules.ts";
import type { Config } from "../../config.ts";
import { errorFrame } from "../../core/encode.ts";
import { type Identity, refusalOf } from "../../core/identity.ts";
import type { ConnectOptions, Session } from "../../core/session.ts";
import { unsubscribedFrame } from "../../core/subscriptions.ts";
import { guestIdOf } from "../../protocol/address.ts";
import { closeCodeOf, type Failure, failure } from "../../protocol/codes.ts";
import { parseCursor } from "../../protocol/cursor.ts";
import type { SubscribeFrame } from "../../protocol/frames.ts";
import { utf8Length } from "../../protocol/json.ts";
import { ALL_OPERATIONS, NO_OPERATIONS } from "../../protocol/operations.ts";
import type { Grants } from "../rpc.ts";

export function identityIn(
  channel: string,
  identity: Identity,
  grants: Grants,
  rules: readonly ChannelRule[],
): Identity {
  const { user, kind } = identity;
  const operations =
    grants === "all" || kind === "server"
      ? ALL_OPERATIONS
      : operationsFor({ user, kind, capabilities: grants }, rules, channel);
  return { ...identity, operations };
}

export function refusalToSubscribe(frame: SubscribeFrame, identity: Identity, config: Config): Failure | null {
  if (identity.operations !== NO_OPERATIONS && frame.channel.startsWith(`user:${guestIdOf("")}`))
    return failure("not_found", "Guests have no inbox.");
  const refusal = refusalOf(identity, "subscribe");
  if (refusal !== null) return refusal;
  if (frame.rewind !== undefined && refusalOf(identity, "history") !== null) return refusalOf(identity, "history");
  const isAboutMembers = frame.member === true || (frame.presence ?? "none") !== "none";
  if (isAboutMembers && refusalOf(identity, "presence") !== null) return refusalOf(identity, "presence");
  const { MEMBER_DATA_BYTES } = config;
  if (frame.data !== undefined && utf8Length(JSON.stringify(frame.data)) > MEMBER_DATA_BYTES)
    return failure("too_large", `A member's data may be at most ${MEMBER_DATA_BYTES} bytes of JSON.`);
  return null;
}

/** How its channel is to take it in. */
export function optionsOf(frame: SubscribeFrame, { connection, acks, transport, signals }: Session): ConnectOptions {
  const cursor = frame.after === undefined ? null : parseCursor(frame.after);
  return {
    connection,
    transport,
    view: "frames",
    acks,
    signals,
    start:
      cursor !== null
        ? { kind: "after", cursor }
        : frame.rewind === undefined
          ? { kind: "now" }
          : { kind: "rewind", count: frame.rewind },
    presence: frame.presence ?? "none",
    member: frame.member ?? true,
    data: frame.data,
    echo: frame.echo ?? true,
  };
}

/** What a client hears whose subscription was refused: over a WebSocket it has asked for it in a frame. */
export function refusedFrame(
  refusal: Failure,
  channel: string,
  ref: string | undefined,
  { transport }: Session,
): string {
  return transport === "ws"
    ? errorFrame(refusal, ref, channel)
    : unsubscribedFrame(channel, closeCodeOf(refusal.code), refusal.code);
}
