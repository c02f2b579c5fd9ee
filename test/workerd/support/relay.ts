import type { ConnectOptions } from "../../../src/core/session.ts";
import type { RelayObject } from "../../../src/object/relay-object.ts";
import { type ConnectFacts, FACTS_HEADER } from "../../../src/object/rpc.ts";
import { ALL_OPERATIONS } from "../../../src/protocol/operations.ts";
import { Channel } from "./channel.ts";
import { Client } from "./client.ts";
import type { Room } from "./room.ts";
import { env } from "./service.ts";

/** A relay of a room, seen from inside. */
export class Relay extends Channel<RelayObject> {
  readonly room: Room;

  /** @param place `oc.1`, or a shard of `weur` */
  constructor(room: Room, place: number | string = 0) {
    super("relay", "relay", `${typeof place === "number" ? `weur.${place}` : place}/${room.id}`);
    this.room = room;
  }

  override get stub(): DurableObjectStub<RelayObject> {
    return env.RELAYS.getByName(this.id);
  }

  /** Dials as the edge does, with what it has checked. */
  async dial(
    user: string,
    options: Partial<ConnectOptions> = {},
    identity: Partial<ConnectFacts["identity"]> = {},
  ): Promise<Response> {
    const facts: ConnectFacts = {
      identity: {
        ...{ user, kind: "guest", operations: ALL_OPERATIONS, issuedAt: null, expires: null, info: null },
        ...identity,
      },
      options: {
        ...{ connection: crypto.randomUUID(), transport: "ws", view: "frames", start: { kind: "now" } },
        ...{ presence: "none", member: true, echo: true, acks: "single", signals: true },
        ...options,
      },
    };
    return this.stub.fetch("https://channel/connect", {
      headers: { upgrade: "websocket", [FACTS_HEADER]: encodeURIComponent(JSON.stringify(facts)) },
    });
  }

  /** Connects; resolves at the welcome. */
  async connect(user: string, options: Partial<ConnectOptions> = {}): Promise<Client> {
    const answer = await this.dial(user, options);
    if (answer.webSocket === null) throw new Error(`refused: ${answer.status} ${await answer.text()}`);
    const client = new Client(answer.webSocket);
    await client.until(() => client.frames.length > 0, "a welcome");
    return client;
  }
  /** Names of the connections it holds. */
  connections(): Promise<string[]> {
    return this.inside((_, state) => state.getWebSockets().map((socket) => socket.deserializeAttachment()?.connection));
  }
}
