import type { Json } from "../protocol/json.ts";
import { environmentWith } from "./environment.ts";
import type { ConnectionState } from "./machine.ts";
import type { EdgewireOptions, RoomOptions } from "./options.ts";
import { Room, type RoomParts } from "./room.ts";
import { UserChannel } from "./user-channel.ts";

/** What all rooms have in common, whatever their messages are. */
interface Channel {
  leave(): void;
  on(name: "state", handler: (state: ConnectionState) => void): () => void;
}

/** A service and who one is there. Holds nothing open by itself: what it hands out does. */
export class Edgewire {
  readonly #options: EdgewireOptions;
  readonly #open = new Set<Channel>();

  constructor(options: EdgewireOptions) {
    this.#options = options;
  }

  /** Enters a room; the connection is made at once, and kept until `leave`. */
  room<Data = Json>(id: string, options: RoomOptions = {}): Room<Data> {
    return this.#kept(new Room<Data>(this.#parts("rooms", id, options)));
  }

  /** The user's own channel, or that of another user whom the token lets one see. */
  user<Data = Json>(id = "me", options: RoomOptions = {}): UserChannel<Data> {
    return this.#kept(new UserChannel<Data>(this.#parts("users", id, options)));
  }

  /** Leaves everything. */
  close(): void {
    for (const channel of this.#open) channel.leave();
  }

  #kept<Kind extends Channel>(channel: Kind): Kind {
    this.#open.add(channel);
    channel.on("state", ({ name }) => {
      if (name === "closed") this.#open.delete(channel);
    });
    return channel;
  }

  #parts(kind: string, id: string, options: RoomOptions): RoomParts {
    const { url, token = null, transports = ["websocket", "sse", "poll"], outbox = {}, multiplex } = this.#options;
    const hasOtherTokens = typeof token === "function";
    const parts = {
      ...{ options, outbox, transports, hasOtherTokens },
      origin: () => (typeof url === "function" ? url() : url),
      path: `/v1/${kind}/${encodeURIComponent(id)}`,
      token: async () => (hasOtherTokens ? token() : token),
      environment: environmentWith(this.#options),
    };
    const multiplexer = async () => (await import("./multiplex.ts")).multiplexOf(this, parts);
    return multiplex
      ? { ...parts, token: () => multiplexer().then((shared) => shared.token()), route: multiplexer }
      : parts;
  }
}
