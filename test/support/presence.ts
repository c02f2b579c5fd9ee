import type { Client } from "./client.ts";
import type { Member, PresenceChange, PresencePage } from "./frames.ts";
import type { Service } from "./service.ts";

/** The members a watcher (`presence=members`) knows of: the list of its welcome with every change since applied. */
export function folded(watcher: Client): Map<string, Member> {
  const members = new Map<string, Member>();
  for (const member of watcher.welcome.presence?.members ?? []) members.set(member.user, member);
  for (const { joined = [], left = [], updated = [] } of watcher.framesOf<PresenceChange>("presence")) {
    for (const { user } of left) members.delete(user);
    for (const member of [...joined, ...updated]) members.set(member.user, member);
  }
  return members;
}

/** The users in the room now, by HTTP, sorted. */
export async function usersIn(service: Service, room: string): Promise<string[]> {
  const { body } = await service.room<PresencePage>("GET", room, "presence", { query: { limit: 1000 } });
  return body.members.map(({ user }) => user);
}

/** The users a watcher was told of as joined or left, in order. */
export function told(watcher: Client, what: "joined" | "left"): string[] {
  return watcher.framesOf<PresenceChange>("presence").flatMap((change) => (change[what] ?? []).map(({ user }) => user));
}
