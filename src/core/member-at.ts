/**
 * A member as one node of a channel knows them: the room's own object or one of its relays. What several of them say of
 * one user comes to one member, the same at every node, in whatever order it was heard. (SPEC MEMBER-1, MEMBER-2)
 */
import type { Member } from "../protocol/frames.ts";
import type { Json, JsonObject } from "../protocol/json.ts";
import type { PresenceChange } from "./presence.ts";

export interface MemberAt {
  readonly user: string;
  /** When they came, ms. */
  readonly since: number;
  /** Those of their connections at that node that make them a member; 0: they are in their grace. */
  readonly connections: number;
  readonly info: JsonObject | null;
  /** When that was said, ms; null: it never was. */
  readonly infoAt: number | null;
  readonly data: Json;
  readonly dataAt: number | null;
}

/** What they come to; null: nobody knows the user. */
export function together(parts: readonly MemberAt[]): MemberAt | null {
  const [first, ...others] = parts;
  return first === undefined ? null : others.reduce(ofBoth, first);
}

function ofBoth(a: MemberAt, b: MemberAt): MemberAt {
  const info = isLater(b.infoAt, b.info, a.infoAt, a.info) ? b : a;
  const data = isLater(b.dataAt, b.data, a.dataAt, a.data) ? b : a;
  return {
    user: a.user,
    since: Math.min(a.since, b.since),
    connections: a.connections + b.connections,
    info: info.info,
    infoAt: info.infoAt,
    data: data.data,
    dataAt: data.dataAt,
  };
}

/** Whether the one was said after the other. At the same moment the text decides, or two nodes could disagree for ever. */
function isLater(at: number | null, said: Json, thanAt: number | null, than: Json): boolean {
  if (at === null || thanAt === null) return at !== null;
  return at === thanAt ? JSON.stringify(said) > JSON.stringify(than) : at > thanAt;
}

/** The members that several nodes named: each user once, by user id. */
export function firstByUser(all: readonly MemberAt[], limit: number): MemberAt[] {
  const byUser = Map.groupBy(all, ({ user }) => user);
  const users = [...byUser.keys()].sort().slice(0, limit);
  return users.map((user) => together(byUser.get(user) as MemberAt[]) as MemberAt);
}

export function shown({ user, info, data, since, connections }: MemberAt): Member {
  return info === null ? { user, data, since, connections } : { user, info, data, since, connections };
}

/** What is to be told of the step from one to the other; null: nothing. A change of connections alone is not. */
export function changeBetween(before: MemberAt | null, after: MemberAt | null): PresenceChange | null {
  if (after === null) return before === null ? null : { kind: "left", user: before.user };
  if (before === null) return { kind: "joined", member: shown(after) };
  return visible(before) === visible(after) ? null : { kind: "updated", member: shown(after) };
}

function visible({ since, info, data }: MemberAt): string {
  return JSON.stringify([since, info, data]);
}
