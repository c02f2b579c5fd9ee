/** Many users and rooms in one look. */
import { MOST_LOOKED_AT } from "../api/limits.ts";
import type { Env } from "../env.ts";
import { formatAddress, isGuestId, isId } from "../protocol/address.ts";
import { allows } from "../protocol/operations.ts";
import { authenticate, bearerOf } from "./authenticate.ts";
import { identify, requireTokenUnlessOpen, whoIs } from "./authorize.ts";
import { readObject } from "./body.ts";
import { admitRequest } from "./context.ts";
import { askChannel, askUser } from "./dispatch.ts";
import { Refusal, refuse } from "./problem.ts";
import { requireUnrevoked } from "./revocation.ts";

/** Objects asked at a time. */
const AT_ONCE = 50;

/** Answers what the caller may see; what they may not is left out. (SPEC PEOPLE-4) */
export async function postPresence(request: Request, env: Env): Promise<Response> {
  const { config, rules, secrets } = admitRequest(request, env);
  const caller = await authenticate(bearerOf(request), secrets, config.TOKEN_BYTES, Date.now());
  requireTokenUnlessOpen(caller, rules, "presence");
  const body = await readObject(request, config.BODY_BYTES, 'Send {"users": […], "rooms": […]}.');
  const users = readIds("users", body.users).filter((id) => !isGuestId(id)); // of whom nothing is kept
  const rooms = readIds("rooms", body.rooms);
  const maySee = (kind: "user" | "room") => (id: string) =>
    allows(identify(caller, rules, formatAddress({ kind, id }), null).operations, "presence");
  const [seenUsers, seenRooms] = [users.filter(maySee("user")), rooms.filter(maySee("room"))];
  // One question for all of them: no object that is looked at checks it again.
  if (seenUsers.length + seenRooms.length > 0) await requireUnrevoked(env, whoIs(caller, null));
  const [people, counts] = await Promise.all([
    eachOf(seenUsers, (id) => askUser(env, id, (user) => user.presence())),
    eachOf(seenRooms, async (id) => {
      return { count: await askChannel(env, { kind: "room", id }, (room) => room.count()) };
    }),
  ]);
  return Response.json({ users: people, rooms: counts });
}

function readIds(name: string, value: unknown = []): string[] {
  if (!Array.isArray(value) || value.length > MOST_LOOKED_AT)
    return refuse("bad_request", `"${name}" must be a list of at most ${MOST_LOOKED_AT} ids.`);
  if (!value.every((id) => typeof id === "string" && isId(id)))
    return refuse("bad_id", `"${name}" holds something that is no id.`);
  return [...new Set(value as string[])];
}

/** Asks about all of them, so many at a time; one that cannot be reached is answered as such. */
async function eachOf<Answer>(ids: string[], ask: (id: string) => Promise<Answer>): Promise<Record<string, unknown>> {
  const answers = new Map<string, unknown>();
  const waiting = [...ids];
  const worker = async () => {
    for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
      try {
        answers.set(id, await ask(id));
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        answers.set(id, { code: error.failure.code });
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return Object.fromEntries(ids.map((id) => [id, answers.get(id)]));
}
