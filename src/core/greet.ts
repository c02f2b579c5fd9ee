/** What a newcomer hears first: where it stands, and what of what it asked for is gone. */
import type { LogHead } from "../storage/log.ts";
import type { Channel } from "./channel.ts";
import { gapFrame } from "./encode.ts";
import { placed } from "./frame.ts";
import { gapBetween } from "./history.ts";
import { type LogBounds, type Resume, resume, type Start } from "./resume.ts";
import { deliver, type Session } from "./session.ts";
import { WELCOME_MEMBERS, welcomeFrame } from "./welcome.ts";

/** Where a reader begins that asks for `start`. */
export interface Beginning {
  readonly asked: Start;
  readonly start: Resume;
  readonly head: LogHead;
  readonly bounds: LogBounds;
}

export function beginningOf(asked: Start, head: LogHead, oldest: number): Beginning {
  const bounds = { epoch: head.epoch, oldest, head: head.seq };
  return { asked, start: resume(asked, bounds), head, bounds };
}

/** Sends the welcome, and the gap before the first message. */
export function greet(
  { address: channel, config, inbox: ownInbox, presence: members }: Channel,
  session: Session,
  { asked, start, head, bounds }: Beginning,
  now: number,
): void {
  const listed = session.presence === "members" ? WELCOME_MEMBERS : 0;
  const presence = session.presence === "none" ? null : members.page(listed, "", now);
  session.toldCount = presence?.count;
  const inbox = ownInbox?.state(now) ?? null;
  const { epoch } = head;
  const welcome = welcomeFrame({ session, channel, head, resume: start.kind, presence, inbox, config, now });
  const isGap = start.kind === "gap" && asked.kind === "after";
  // With a gap it stands where it said, until it has heard of it.
  const at = isGap ? asked.cursor : { epoch, seq: start.from };
  deliver(session, placed(welcome, { epoch: at.epoch, previous: null, to: at.seq }));
  if (isGap)
    deliver(
      session,
      placed(gapFrame(gapBetween(asked.cursor, bounds, start.reason), head), {
        epoch,
        previous: at,
        to: start.from,
      }),
    );
}
