/**
 * Edgewire with a way to break it from outside, for the fault runs alone. The sources are those that are deployed; what is
 * added here is around them. `POST /fault/reset?of=room:lobby` resets that object (`ctx.abort()`), as the platform
 * does; `POST /fault/alarm?of=&times=` lets its next alarms throw, so many of them, in this life of the object. `GET
 * /fault/wakes` answers how often each object was made, by `room:lobby`, without waking any.
 * `POST /fault/clock?by=` puts the clock of all of them forward or back, ms, until the process ends.
 */
import worker, {
  EdgewireEntrypoint,
  RelayObject as Relay,
  RoomObject as Room,
  UserObject as User,
} from "../../../../src/worker.ts";

export { EdgewireEntrypoint };

const realNow = Date.now;
/** What the clock went wrong by, ms, and since when by the real one; the last is so now. */
const wrongs = [{ since: 0, by: 0 }];
const wrong = () => wrongs.at(-1).by;
Date.now = () => realNow() + wrong();

/** The platform's alarms and times go by the same clock. Of a machine whose clock was put back alarms do not wait for it. */
function goByThatClock(ctx) {
  const { storage } = ctx;
  const [setAlarm, getAlarm] = [storage.setAlarm.bind(storage), storage.getAlarm.bind(storage)];
  const answeredAt = ctx.getWebSocketAutoResponseTimestamp.bind(ctx);
  Object.defineProperties(storage, {
    setAlarm: { value: (at) => setAlarm(at - wrong()) },
    getAlarm: {
      value: async () => {
        const at = await getAlarm();
        return at === null ? null : at + wrong();
      },
    },
  });
  Object.defineProperty(ctx, "getWebSocketAutoResponseTimestamp", {
    value: (socket) => {
      const at = answeredAt(socket)?.getTime();
      return at === undefined ? null : new Date(at + wrongs.findLast(({ since }) => since <= at).by);
    },
  });
}

/** In this process. */
const wakes = {};

const breakable = (Base, kind) =>
  class extends Base {
    #failures = 0;

    constructor(ctx, env) {
      goByThatClock(ctx);
      super(ctx, env);
      const name = `${kind}:${ctx.id.name}`;
      wakes[name] = (wakes[name] ?? 0) + 1;
    }

    async break(times) {
      if (times === 0) this.ctx.abort("reset by the fault run");
      this.#failures = times;
    }

    async alarm(...given) {
      if (this.#failures > 0) {
        this.#failures--;
        throw new Error("an alarm that the fault run lets fail");
      }
      return super.alarm(...given);
    }
  };

export const RoomObject = breakable(Room, "room");
export const UserObject = breakable(User, "user");
export const RelayObject = breakable(Relay, "relay");

export default {
  async fetch(request, env, ctx) {
    const { pathname, searchParams } = new URL(request.url);
    if (!pathname.startsWith("/fault/")) return worker.fetch(request, env, ctx);
    if (pathname === "/fault/wakes") return Response.json(wakes);
    if (pathname === "/fault/clock") {
      wrongs.push({ since: realNow(), by: Number(searchParams.get("by")) });
      return Response.json({ done: true });
    }
    const [kind, ...id] = searchParams.get("of").split(":");
    const object = { room: env.ROOMS, user: env.USERS, relay: env.RELAYS }[kind].getByName(id.join(":"));
    const times = pathname === "/fault/reset" ? 0 : Number(searchParams.get("times"));
    // The caller of a reset is told that it happened, like everybody who waits for the object.
    await object.break(times).catch(() => {});
    return Response.json({ done: true });
  },
};
