/** How things are that links tell of, and what is told anew of it after a crash. (RELIABILITY I10, I15) */
import type { Channel } from "../../core/channel.ts";
import { presenceFrame } from "../../core/encode.ts";
import { step } from "../../core/frame.ts";
import { contentHash } from "../../core/hash.ts";
import { stretch } from "../../core/place.ts";
import { tellRead } from "../../core/read.ts";
import { deliver, type Session } from "../../core/session.ts";
import type { ToldState } from "../../storage/links.ts";
import type { Log } from "../../storage/log.ts";
import type { MemberTable } from "../../storage/members.ts";
import type { Told } from "./told.ts";

interface Things {
  readonly channel: Channel;
  readonly log: Log;
  readonly members: MemberTable;
}

/** @param isWatched whether somebody watches members through a link */
export function truthOf({ channel, log, members }: Things, isWatched: boolean): ToldState {
  const { epoch, seq } = log.head ?? { epoch: "", seq: 0 };
  const { others } = channel.presence;
  let hash = 0;
  const add = (...content: [string, string]) => {
    hash = (hash + contentHash(...content)) % Number.MAX_SAFE_INTEGER;
  };
  // The rows: what time has made of them is told by whoever reads them.
  if (channel.isUsed && (isWatched || others.watchers > 0))
    for (const { user, info, data } of members.load()) add(user, JSON.stringify([info, data]));
  for (const { source, digest, count } of others.sources) add(source, JSON.stringify([digest, count]));
  return { epoch, head: seq, members: hash, isWatched: channel.sessions.watchers > 0 };
}

/** @param is what is certain to have arrived */
export function tellAnew(
  sessions: readonly Session[],
  is: ReturnType<Told["compare"]>,
  { channel, log }: Things,
  now: number,
): void {
  const { epoch, seq } = log.head ?? { epoch: "", seq: 0 };
  const here = step(stretch(epoch, seq, seq));
  for (const session of sessions) {
    if (!is.log) deliver(session, here);
    if (is.members || session.presence === "none") continue;
    if (session.presence === "members") channel.end(session, "overloaded", now);
    else deliver(session, presenceFrame(channel.members(0, "", now).count, {}));
  }
  if (!is.log) tellRead(channel, null, now);
}
