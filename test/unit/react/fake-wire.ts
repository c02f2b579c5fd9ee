/** An `Edgewire` whose rooms are played by the test. */
import type { ConnectionState, Edgewire, Member, RoomOptions } from "../../../src/client/index.ts";

type Handler = (value: never) => void;

export class FakeRoom {
  readonly #handlers = new Set<{ name: string; handler: Handler }>();
  state: ConnectionState = { name: "connecting", tries: 0 };
  members: readonly Member[] = [];
  count: number | null = null;
  cursor: string | null = null;
  hasLeft = false;
  readonly published: unknown[] = [];
  readonly id: string;
  readonly options: RoomOptions;

  constructor(id: string, options: RoomOptions) {
    this.id = id;
    this.options = options;
  }

  on(name: string, handler: Handler): () => void {
    const entry = { name, handler };
    this.#handlers.add(entry);
    return () => void this.#handlers.delete(entry);
  }

  get listening(): number {
    return this.#handlers.size;
  }

  happen(name: string, value: unknown): void {
    for (const { name: known, handler } of [...this.#handlers]) if (known === name) handler(value as never);
  }

  say(...seqs: number[]): void {
    for (const seq of seqs) {
      this.cursor = `k3f9x2ab-${seq}`;
      this.happen("message", { seq, id: `m${seq}`, user: "bob", at: seq, event: "message", data: `hello ${seq}` });
    }
  }

  join(...users: string[]): void {
    this.members = users.map((user) => ({ user, data: null, since: 1, connections: 1 }));
    this.count = users.length;
    this.happen("presence", {});
  }

  become(state: ConnectionState): void {
    this.state = state;
    this.happen("state", state);
  }

  async publish(...args: unknown[]): Promise<unknown> {
    this.published.push(args);
    return { seq: 1 };
  }

  leave(): void {
    this.hasLeft = true;
    this.become({ name: "closed", code: 1000, reason: "" });
  }
}

export function fakeWire(): { wire: Edgewire; rooms: FakeRoom[] } {
  const rooms: FakeRoom[] = [];
  const wire = {
    room(id: string, options: RoomOptions) {
      const room = new FakeRoom(id, options);
      rooms.push(room);
      return room;
    },
  };
  return { wire: wire as unknown as Edgewire, rooms };
}
