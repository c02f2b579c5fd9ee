/** The first frame of every connection. */
import type { Config } from "../config.ts";
import { formatCursor } from "../protocol/cursor.ts";
import { type MembersPage, PROTOCOL, type WelcomeFrame } from "../protocol/frames.ts";
import type { LogHead } from "../storage/log.ts";
import { type Frame, singleFrame } from "./frame.ts";
import type { InboxState } from "./inbox.ts";
import type { Resume } from "./resume.ts";
import type { Session } from "./session.ts";
import { mostSubscriptions } from "./subscriptions.ts";

/** Members in a welcome; the others are paged. */
export const WELCOME_MEMBERS = 100;

export function welcomeFrame(parts: {
  session: Session;
  channel: string;
  head: LogHead;
  resume: Resume["kind"];
  /** Null: it does not want to know. */
  presence: MembersPage | null;
  /** Of a user's channel. */
  inbox: InboxState | null;
  config: Config;
  now: number;
}): Frame {
  const { session, channel, head, config, presence, inbox } = parts;
  const { identity, connection } = session;
  const unlimited = identity.kind === "server";
  const fields: Omit<WelcomeFrame, "type"> = {
    protocol: PROTOCOL,
    channel,
    connection,
    user: identity.user,
    cursor: formatCursor(head.epoch, head.seq),
    resume: parts.resume,
    at: parts.now,
    expires: identity.expires,
    heartbeat: { every: config.HEARTBEAT_EVERY, timeout: config.HEARTBEAT_TIMEOUT },
    limits: {
      data: config.MESSAGE_DATA_BYTES,
      frame: config.FRAME_BYTES,
      presence: config.MEMBER_DATA_BYTES,
      publish: { rate: unlimited ? 0 : config.PUBLISH_RATE, burst: config.PUBLISH_BURST },
      signal: { rate: unlimited ? 0 : config.SIGNAL_RATE },
      subscriptions: mostSubscriptions(session, channel, config),
    },
    features: [],
    ...(presence === null ? {} : { presence: session.presence === "count" ? { count: presence.count } : presence }),
    ...inbox,
  };
  // Who is at the head stands there though no message has come yet; who is behind stands where they came from.
  return singleFrame("welcome", fields, parts.resume === "live" ? fields.cursor : undefined);
}
