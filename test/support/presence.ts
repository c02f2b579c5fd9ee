import type { Member, PresenceChange, PresencePage } from "./frames.ts";
import type { Service } from "./service.ts";
import type { Subscriber } from "./subscriber.ts";

/** What a watcher was told of presence, in order: first the state of things, with every long poll again. */
export function toldOfPresence(watcher: Subscriber): PresenceChange[] {
  const first = watcher.welcome.presence;
  const later = watcher.framesOf<PresenceChange>("presence");
  return first === undefined ? later : [{ type: "presence", ...first }, ...later];
}

/** The members a watcher (`presence=members`) knows of: the list it began with, and every change since applied. */
export function folded(watcher: Subscriber): Map<string, Member> {
  const known = new Map<string, Member>();
  for (const { members, joined = [], left = [], updated = [] } of toldOfPresence(watcher)) {
    if (members !== undefined) known.clear();
    for (const { user } of left) known.delete(user);
    for (const member of [...(members ?? []), ...joined, ...updated]) known.set(member.user, member);
  }
  return known;
}

/** The users in the room now, by HTTP, sorted. */
export async function usersIn(service: Service, room: string): Promise<string[]> {
  const { body } = await service.room<PresencePage>("GET", room, "presence", { query: { limit: 1000 } });
  return body.members.map(({ user }) => user);
}

/** The users a watcher was told of as joined or left, in order. */
export function told(watcher: Subscriber, what: "joined" | "left"): string[] {
  return watcher.framesOf<PresenceChange>("presence").flatMap((change) => (change[what] ?? []).map(({ user }) => user));
}
