import { type Seen, seenIn } from "./chain.ts";
import { type History, positionOf } from "./frames.ts";
import type { Service } from "./service.ts";

/** The whole log of a room, paged by HTTP from its beginning, oldest first. */
export async function wholeLog(service: Service, room: string, limit = 1000): Promise<Seen[]> {
  const newest = await service.room<History>("GET", room, "messages", { query: { limit: 1 } });
  const { epoch } = positionOf(newest.body.cursor);
  const log: Seen[] = [];
  let after = `${epoch}-0`;
  for (;;) {
    const { status, body, text } = await service.room<History>("GET", room, "messages", { query: { after, limit } });
    if (status !== 200) throw new Error(`history after ${after}: ${status} ${text}`);
    log.push(...seenIn({ text, frame: body }, epoch));
    if (!body.more) return log;
    if (body.cursor === after) throw new Error(`history after ${after} has more, but does not move`);
    after = body.cursor;
  }
}
