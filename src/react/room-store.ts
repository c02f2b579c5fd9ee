/**
 * A room as React wants it: values that stay the same until something changes, and whoever wants to know. The room is
 * entered with the first who wants to know and left after the last.
 */
import type { ConnectionState, Edgewire, MessageOf, Room, RoomEvents, RoomOptions } from "../client/index.ts";
import { EdgewireError } from "../client/index.ts";

/** Where a view keeps its room: for the other hooks. */
export const STORE: unique symbol = Symbol("edgewire.room");

/** What `useRoom` returned, for the hooks that take it. */
export interface RoomHandle {
  readonly [STORE]: RoomSource;
}

export interface RoomSource {
  /** Returns its own undo. */
  readonly subscribe: (changed: () => void) => () => void;
  readonly presence: () => Presence;
  readonly connection: () => ConnectionState;
}

export interface Presence {
  /** By user id, with `presence: "members"`. */
  readonly members: Room["members"];
  /** Null: not known, or not asked for. */
  readonly count: number | null;
}

export interface RoomView<Data> extends RoomHandle {
  /** The last that came, oldest first: at most `keep`. */
  readonly messages: readonly MessageOf<Data>[];
  /** The last hole in what came: load the state of your application anew when it changes. */
  readonly gap: RoomEvents<Data>["gap"] | null;
  /** For everything else, in effects and handlers. Null until the component is mounted. */
  readonly room: Room<Data> | null;
  /** As `room.publish`, and always the same function. */
  readonly publish: Room<Data>["publish"];
}

const BEFORE: ConnectionState = { name: "connecting", tries: 0 };
const NOBODY: Presence = { members: [], count: null };

export class RoomStore<Data> implements RoomSource {
  readonly #open: (options: RoomOptions) => Room<Data>;
  readonly #options: RoomOptions;
  readonly #keep: number;
  readonly #closed: () => void;
  readonly #listeners = new Set<() => void>();
  #room: Room<Data> | null = null;
  #stops: (() => void)[] = [];
  #messages: MessageOf<Data>[] = [];
  #gap: RoomView<Data>["gap"] = null;
  /** Null: it has changed since it was last looked at. */
  #view: RoomView<Data> | null = null;
  #presence: Presence = NOBODY;
  /** How far it was read when it was left; null: never. */
  #cursor: string | null = null;
  #isTelling = false;

  /** @param closed called when the room is left */
  constructor(wire: Edgewire, id: string, { keep, ...options }: RoomOptions & { keep: number }, closed: () => void) {
    this.#open = (given) => wire.room<Data>(id, given);
    this.#options = options;
    this.#keep = keep;
    this.#closed = closed;
  }

  readonly subscribe = (changed: () => void): (() => void) => {
    // A new function each time: the same one may be given twice.
    const listener = () => changed();
    this.#listeners.add(listener);
    if (this.#room === null) this.#enter();
    return () => {
      this.#listeners.delete(listener);
      // Not at once: StrictMode, and a change from one page to the next, undo and do again in one go.
      if (this.#listeners.size === 0) setTimeout(() => this.#leaveIfUnused(), 0);
    };
  };

  readonly view = (): RoomView<Data> => {
    this.#view ??= {
      messages: [...this.#messages],
      gap: this.#gap,
      room: this.#room,
      publish: this.#publish,
      [STORE]: this,
    };
    return this.#view;
  };

  readonly presence = (): Presence => this.#presence;

  readonly connection = (): ConnectionState => this.#room?.state ?? BEFORE;

  readonly #publish = (async (...args: Parameters<Room<Data>["publish"]>) => {
    if (this.#room === null) throw new EdgewireError("closed", "The component is not mounted.");
    return this.#room.publish(...args);
  }) as Room<Data>["publish"];

  #enter(): void {
    // A component that was hidden for a while goes on where it was.
    const room = this.#open(this.#cursor === null ? this.#options : { ...this.#options, after: this.#cursor });
    this.#room = room;
    this.#stops = [
      room.on("message", (message) => {
        this.#messages.push(message);
        if (this.#messages.length > this.#keep) this.#messages.splice(0, this.#messages.length - this.#keep);
        this.#changed();
      }),
      room.on("gap", (gap) => {
        this.#gap = gap;
        this.#changed();
      }),
      room.on("presence", () => {
        this.#presence = { members: room.members, count: room.count };
        this.#tell();
      }),
      room.on("state", () => this.#tell()),
    ];
    this.#changed();
  }

  #leaveIfUnused(): void {
    const room = this.#room;
    if (this.#listeners.size > 0 || room === null) return;
    for (const stop of this.#stops) stop();
    this.#room = null;
    this.#view = null;
    this.#presence = NOBODY;
    this.#cursor = room.cursor;
    room.leave();
    this.#closed();
  }

  #changed(): void {
    this.#view = null;
    this.#tell();
  }

  /** Once for all that comes in one frame. */
  #tell(): void {
    if (this.#isTelling) return;
    this.#isTelling = true;
    queueMicrotask(() => {
      this.#isTelling = false;
      for (const listener of [...this.#listeners]) listener();
    });
  }
}
