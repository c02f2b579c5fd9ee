/**
 * Edgewire with a way to break it from outside, for the fault runs alone. The sources are those that are deployed; what is
 * added here is around them. `POST /fault/reset?room=` resets the room's object (`ctx.abort()`), as the platform does;
 * `POST /fault/alarm?room=&times=` lets its next alarms throw, so many of them, in this life of the object. With `relay=`
 * (weur.0/<room>) it is done to that.
 */
import worker, {
  EdgewireEntrypoint,
  RelayObject as Relay,
  RoomObject as Room,
  UserObject,
} from "../../../../src/worker.ts";

export { EdgewireEntrypoint, UserObject };

const breakable = (Sound) =>
  class extends Sound {
    #failures = 0;

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

export class RoomObject extends breakable(Room) {}
export class RelayObject extends breakable(Relay) {}

export default {
  async fetch(request, env, ctx) {
    const { pathname, searchParams } = new URL(request.url);
    if (!pathname.startsWith("/fault/")) return worker.fetch(request, env, ctx);
    const relay = searchParams.get("relay");
    const object = relay === null ? env.ROOMS.getByName(searchParams.get("room")) : env.RELAYS.getByName(relay);
    const times = pathname === "/fault/reset" ? 0 : Number(searchParams.get("times"));
    // The caller of a reset is told that it happened, like everybody who waits for the object.
    await object.break(times).catch(() => {});
    return Response.json({ done: true });
  },
};
