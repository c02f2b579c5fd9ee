import { call } from "./channel.ts";
import type { User } from "./user.ts";

export interface Seen {
  online: boolean;
  lastSeen: number | null;
}

/** What is said of a user when everybody is asked. */
export async function presenceOf(user: User): Promise<Seen & { connections: number }> {
  const { status, body } = await user.call("GET", "presence");
  if (status !== 200) throw new Error(`presence: ${status} ${JSON.stringify(body)}`);
  return body;
}

/** What is said of users in one look at many. */
export async function seenAmongMany(...users: User[]): Promise<Seen[]> {
  const body = { users: users.map(({ id }) => id) };
  const answer = await call("POST", "https://edge.test/v1/presence", { body });
  if (answer.status !== 200) throw new Error(`presence of many: ${answer.status} ${JSON.stringify(answer.body)}`);
  return users.map(({ id }) => answer.body.users[id]);
}

/** Where the user's object has them, without asking anybody; none if it has no tables. */
export async function placesOf(user: User): Promise<string[]> {
  const tables = await user.rows("SELECT name FROM sqlite_master WHERE name = 'places'");
  if (tables.length === 0) return [];
  return (await user.rows("SELECT channel FROM places ORDER BY channel")).map(({ channel }) => String(channel));
}
