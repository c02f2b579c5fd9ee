/** The look at a room when all is over: its whole log, page by page, and its members. */
import { setTimeout as pause } from "node:timers/promises";
import { channelUrl, type Query } from "../../support/channel-url.ts";
import type { History, PresencePage } from "../../support/frames.ts";
import { type Answer, call } from "../../support/http.ts";
import { rawElements } from "../../support/raw-json.ts";
import { API_KEY } from "../tokens.ts";
import type { Room, Stage } from "./stage.ts";

const PAGE = 1000;
/** ms until watchers have been told what is so. */
const TOLD_WITHIN = 1500;

export async function readLog(stage: Stage, room: Room): Promise<void> {
  const { recorder } = stage;
  const { channel } = room;
  for (let after = room.start, more = true; more; ) {
    const op = `read ${channel} ${after}`;
    recorder.note({ type: "read", op, user: "server", channel, after });
    const { body, text } = await get<History>(stage, channel, "messages", { after, limit: PAGE });
    const messages = rawElements(text, "messages");
    const { cursor, oldest, gap } = body;
    recorder.note({ type: "page", op, messages, cursor, more: body.more, oldest, gap, final: true });
    [after, more] = [cursor, body.more];
  }
}

/** Waits until the members are those who are there, at most so many ms, and notes who they are. */
export async function readMembers(stage: Stage, room: Room, within: number): Promise<void> {
  const there = stage.cast.followers.filter((each) => each.room === room && !each.isStopped());
  const expected = [...new Set(there.map(({ user }) => user))].sort();
  const end = performance.now() + within;
  for (;;) {
    if (String(await membersOf(stage, room)) === String(expected) || performance.now() > end) break;
    await pause(100);
  }
  await pause(TOLD_WITHIN);
  stage.recorder.note({ type: "members", channel: room.channel, users: await membersOf(stage, room) });
}

async function membersOf(stage: Stage, { channel }: Room): Promise<string[]> {
  const { body } = await get<PresencePage>(stage, channel, "presence", { limit: 1000 });
  return body.members.map(({ user }) => user);
}

async function get<Body>(stage: Stage, channel: string, endpoint: string, query: Query): Promise<Answer<Body>> {
  const url = channelUrl(stage.server.url, channel, endpoint, query);
  const answer = await call<Body>("GET", url, { token: API_KEY });
  if (answer.status !== 200) throw new Error(`GET ${endpoint} of ${channel}: ${answer.status} ${answer.text}`);
  return answer;
}
