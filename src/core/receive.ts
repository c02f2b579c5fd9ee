/** What a client's frame does: rights, rates, then the deed and one ack or error. */
import { CLOSE_RESTART, CLOSE_TOO_LARGE, type Failure, failure } from "../protocol/codes.ts";
import { parseCursor } from "../protocol/cursor.ts";
import { DEFAULT_PAGE, decodeClientFrame } from "../protocol/decode-client.ts";
import type {
  AuthFrame,
  ClientFrame,
  HistoryFrame,
  LeaveFrame,
  MembersFrame,
  PublishFrame,
  SetPresenceFrame,
  SignalFrame,
} from "../protocol/frames.ts";
import { utf8Length } from "../protocol/json.ts";
import { allows } from "../protocol/operations.ts";
import { CHUNK_BYTES, type Receipt } from "./batch.ts";
import type { Channel } from "./channel.ts";
import { between } from "./clock.ts";
import { ackFrame, errorFrame, fieldsOf } from "./encode.ts";
import { refusalOf } from "./identity.ts";
import type { Draft } from "./publish.ts";
import { reply, type Session, signSavedFor } from "./session.ts";
import { addressedElsewhere, forward } from "./subscriptions.ts";
import type { Publication } from "./upstream.ts";

/** Bytes at most of a history's ack that are not messages: `ref`, cursors, a gap. */
const HISTORY_ENVELOPE = 1024;

/** What answers a frame: JSON fields of its ack; a failure; or null, when the ack comes later by itself. */
type Answer = string | Failure | null;

/** Handles one frame. `message` is a string, or bytes, which are no frame at all. */
export function receive(channel: Channel, session: Session, message: string | ArrayBuffer, now: number): void {
  const { config } = channel;
  if (channel.upstream?.isLeaving(session)) return;
  session.lastFrameAt = now;
  if (now > session.signSavedUntil) {
    session.signSavedUntil = now + signSavedFor(config);
    session.subscriber.save(session);
  }
  const { expires } = session.identity;
  if (expires !== null && now >= expires) return channel.end(session, "unauthenticated", now);
  if (isLargerThan(config.FRAME_BYTES, message)) return channel.end(session, "too_large", now, CLOSE_TOO_LARGE);
  if (typeof message !== "string")
    return refuse(channel, session, failure("bad_request", "A frame is text, not bytes."), undefined, now, true);

  channel.endSlow(now); // who only asks, and reads no answer, is noticed here
  if (!channel.sessions.has(session)) return;
  // Between two looks one connection alone could fill the object's memory with answers.
  if ((session.subscriber.unsent() ?? 0) > config.UNSENT_BYTES_TOTAL) return channel.end(session, "overloaded", now);
  const decoded = decodeClientFrame(message);
  if (!decoded.ok) return refuse(channel, session, decoded.failure, decoded.ref, now, true);
  session.faults.malformedInARow = 0;
  const { frame } = decoded;
  const elsewhere = addressedElsewhere(channel, frame);
  const answer =
    elsewhere === null ? act(channel, session, frame, now) : forward(channel, session, elsewhere, message, now);
  if (answer === null) return;
  if (frame.type === "leave") channel.flush(now); // what it published before is acknowledged before it is gone
  if (typeof answer !== "string") return refuse(channel, session, answer, frame.ref, now, false, elsewhere?.channel);
  if (frame.ref !== undefined) reply(session, ackFrame(frame.ref, answer));
  channel.sent(answer.length);
  if (frame.type === "leave") channel.leave(session, now);
}

function act(channel: Channel, session: Session, frame: ClientFrame, now: number): Answer {
  switch (frame.type) {
    case "publish":
      return refusalOf(session.identity, "publish") ?? publish(channel, session, frame, now);
    case "signal":
      return refusalOf(session.identity, "signal") ?? signal(channel, session, frame, now);
    case "presence":
      return refusalOf(session.identity, "presence") ?? setPresence(channel, session, frame, now);
    case "members":
      return refusalOf(session.identity, "presence") ?? members(channel, session, frame, now);
    case "history":
      return refusalOf(session.identity, "history") ?? history(channel, session, frame, now);
    case "auth":
      renew(channel, session, frame, now);
      return null;
    case "leave":
      return leave(channel, session, frame);
    case "subscribe":
    case "unsubscribe":
      return failure("bad_request", "This is the socket's own channel.");
    default:
      return frame satisfies never;
  }
}

function publish(channel: Channel, session: Session, frame: PublishFrame, now: number): Answer {
  const wait = session.publishRate.take(1, now);
  if (wait > 0) return failure("rate_limited", "Too many messages on this connection.", wait);
  const draft = { id: frame.id ?? null, event: frame.event, data: frame.data };
  if (channel.host.review === null) return accept(channel, session, draft, frame.ref, now);
  channel.host.review(draft, session, (verdict, then) => {
    if (!channel.sessions.has(session)) return; // it was ended meanwhile, perhaps because it has no right any more
    const answer = "code" in verdict ? verdict : accept(channel, session, verdict, frame.ref, then);
    if (answer !== null) refuse(channel, session, answer, frame.ref, then, false);
  });
  return null;
}

function accept(
  channel: Channel,
  session: Session,
  draft: Draft,
  ref: string | undefined,
  now: number,
): Failure | null {
  const { user } = session.identity;
  if (channel.upstream !== null) {
    const answered: Publication["answered"] = (outcome, acks, then) => {
      if (!channel.sessions.has(session)) return;
      if (outcome === null) channel.end(session, "overloaded", then, CLOSE_RESTART);
      else if ("code" in outcome) refuse(channel, session, outcome, ref, then, false);
      else if (ref !== undefined) acks.push({ session, ref, receipt: outcome.receipts[0] as Receipt });
    };
    return channel.upstream.publish({ drafts: [{ ...draft, user }], session, answered });
  }
  const author = { user, userJson: session.userJson, session };
  const receipt = channel.publisher.accept(draft, author, now);
  if ("code" in receipt) return receipt;
  if (ref !== undefined) channel.publisher.batch.acks.push({ session, ref, receipt });
  channel.host.later("flush", 0);
  return null;
}

function signal(channel: Channel, session: Session, frame: SignalFrame, now: number): Answer {
  const wait = session.signalRate.take(1, now);
  if (wait > 0) return failure("rate_limited", "Too many signals on this connection.", wait);
  const { userJson, connection } = session;
  return channel.addSignal(frame, { userJson, origin: session, connection }, now) ?? "";
}

function setPresence(channel: Channel, session: Session, { data }: SetPresenceFrame, now: number): Answer {
  if (!session.member) return failure("bad_request", "This connection is not a member (member=0).");
  return channel.setMemberData(session.identity.user, data, now) ?? "";
}

function members(channel: Channel, session: Session, frame: MembersFrame, now: number): Answer {
  const { limit = DEFAULT_PAGE, after = "", ref } = frame;
  if (channel.presence.isAlone) return fieldsOf(channel.members(limit, after, now));
  channel.host.members(limit, after, (page) => answerLate(channel, session, ref, fieldsOf(page)));
  return null;
}

/** The ack of a frame for which others had to be asked. */
function answerLate(channel: Channel, session: Session, ref: string | undefined, fields: string): void {
  if (!channel.sessions.has(session)) return;
  if (ref !== undefined) reply(session, ackFrame(ref, fields));
  channel.sent(fields.length);
}

function history(channel: Channel, session: Session, frame: HistoryFrame, now: number): Answer {
  const query = {
    after: frame.after === undefined ? null : parseCursor(frame.after),
    before: frame.before === undefined ? null : parseCursor(frame.before),
    from: null,
    to: null,
    limit: frame.limit ?? DEFAULT_PAGE,
    order: frame.order ?? "asc",
  };
  const mostBytes = CHUNK_BYTES - HISTORY_ENVELOPE;
  if (channel.upstream === null) return channel.history(query, mostBytes, now);
  channel.upstream.history(query, mostBytes, (answer, then) => {
    if (typeof answer === "string") answerLate(channel, session, frame.ref, answer);
    else if (channel.sessions.has(session)) refuse(channel, session, answer, frame.ref, then, false);
  });
  return null;
}

/** What it has published is settled before it is gone. */
function leave(channel: Channel, session: Session, { ref }: LeaveFrame): Answer {
  const isWaiting = channel.upstream?.settled(session, (then) => {
    if (!channel.sessions.has(session)) return;
    if (ref !== undefined) reply(session, ackFrame(ref, ""));
    channel.leave(session, then);
  });
  return isWaiting ? null : "";
}

/** The answer comes when the token has been checked; everything else goes on meanwhile with the old rights. */
function renew(channel: Channel, session: Session, { token, ref }: AuthFrame, now: number): void {
  const refused = failure("unauthenticated", "The token is not valid for this user and channel.");
  channel.host.verify(token).then(
    (identity) => {
      if (!channel.sessions.has(session)) return;
      if (identity === null || identity.user !== session.identity.user || !allows(identity.operations, "subscribe"))
        return refuse(channel, session, refused, ref, now, false);
      channel.renew(session, identity, now);
      if (ref !== undefined) reply(session, ackFrame(ref, `"expires":${identity.expires}`));
    },
    () => {
      const fault = failure("internal", "The token could not be checked; try again.");
      if (channel.sessions.has(session)) refuse(channel, session, fault, ref, now, false);
    },
  );
}

/** Sends the error, and ends who has caused too many. (SPEC FRAME-6) */
function refuse(
  channel: Channel,
  session: Session,
  fault: Failure,
  ref: string | undefined,
  now: number,
  malformed: boolean,
  about?: string,
): void {
  const { faults } = session;
  reply(session, errorFrame(fault, ref, about));
  if (malformed) faults.malformedInARow++;
  const { ERRORS_PER_MINUTE, MALFORMED_IN_A_ROW } = channel.config;
  faults.times.push(now);
  const oldest = faults.times.length < ERRORS_PER_MINUTE ? undefined : faults.times.shift();
  if (faults.malformedInARow >= MALFORMED_IN_A_ROW) channel.end(session, "bad_request", now);
  else if (oldest !== undefined && between(oldest, now) < 60_000) channel.end(session, "rate_limited", now);
}

function isLargerThan(limit: number, message: string | ArrayBuffer): boolean {
  if (typeof message !== "string") return message.byteLength > limit;
  // A UTF-16 unit is at most three bytes: most frames need no second look.
  return message.length > limit || (message.length * 3 > limit && utf8Length(message) > limit);
}
