import { runInDurableObject } from "cloudflare:test";
import type { RelayObject } from "../../../src/object/relay-object.ts";
import { formatRelay, parsePlace, type RelayPlace } from "../../../src/protocol/relay.ts";
import type { Room } from "./room.ts";
import { env } from "./service.ts";

/** A relay of a room, seen from inside. */
export class Relay {
  readonly name: string;

  /** @param place `weur.0` */
  constructor({ id }: Room, place: string) {
    this.name = formatRelay({ ...(parsePlace(place) as RelayPlace), room: id });
  }

  /** A new one each time: a stub stays broken once its object was reset. */
  get stub(): DurableObjectStub<RelayObject> {
    return env.RELAYS.getByName(this.name);
  }

  inside<Result>(work: (object: RelayObject, state: DurableObjectState) => Result | Promise<Result>): Promise<Result> {
    return runInDurableObject<RelayObject, Result>(this.stub, work);
  }

  /** Names of the connections it holds. */
  connections(): Promise<string[]> {
    return this.inside((_, state) => state.getWebSockets().map((socket) => socket.deserializeAttachment()?.connection));
  }
}
