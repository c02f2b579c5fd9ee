import type { RoomObject } from "../../../src/object/room-object.ts";
import { Channel } from "./channel.ts";
import { env } from "./service.ts";

export type { Answer, CallOptions } from "./channel.ts";

export class Room extends Channel<RoomObject> {
  constructor(name: string) {
    super("room", name);
  }

  override get stub(): DurableObjectStub<RoomObject> {
    return env.ROOMS.getByName(this.id);
  }
}
