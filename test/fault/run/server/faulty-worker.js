/**
 * Edgewire with a way to break it from outside, for the fault runs alone. The sources are those that are deployed; what is
 * added here is around them. `POST /fault/reset?of=room:lobby` resets that object (`ctx.abort()`), as the platform
 * does; `POST /fault/alarm?of=&times=` lets its next alarms throw, so many of them, in this life of the object. `GET
 * /fault/wakes` answers how often each object was made, by `room:lobby`, without waking any.
 */
import worker, { EdgewireEntrypoint, RoomObject as Room, UserObject as User } from "../../../../src/worker.ts";

export { EdgewireEntrypoint };

/** In this process. */
const wakes = {};

const breakable = (Base, kind) =>
  class extends Base {
    #failures = 0;

    constructor(ctx, env) {
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

export default {
  async fetch(request, env, ctx) {
    const { pathname, searchParams } = new URL(request.url);
    if (!pathname.startsWith("/fault/")) return worker.fetch(request, env, ctx);
    if (pathname === "/fault/wakes") return Response.json(wakes);
    const [kind, id] = searchParams.get("of").split(":");
    const object = (kind === "user" ? env.USERS : env.ROOMS).getByName(id);
    const times = pathname === "/fault/reset" ? 0 : Number(searchParams.get("times"));
    // The caller of a reset is told that it happened, like everybody who waits for the object.
    await object.break(times).catch(() => {});
    return Response.json({ done: true });
  },
};
