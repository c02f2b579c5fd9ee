/** Sockets of guests in one room, each of whom watches presence: what they have been told, and whether it is true. */
import { Connection } from "./connection.ts";
import { scanMarkers } from "./marker.ts";

/** Handshakes under way at a time. */
const AT_ONCE = 100;
const FAULTS_SHOWN = 5;
const MESSAGES = Buffer.from('{"type":"messages"');
/** In the head of a welcome and of what is told later. */
const COUNT = Buffer.from('"count":');
const COUNT_WITHIN = 1024;

interface Guest {
  readonly connection: Connection;
  /** Members, by the last that it was told. */
  count: number;
  /** The number of the message that has to come next; -1: any, since it has just come. */
  next: number;
}

export interface CrowdOptions {
  port: number;
  room: string;
  presence: "count" | "members";
}

export class Crowd {
  readonly #options: CrowdOptions;
  readonly #guests = new Set<Guest>();
  readonly #faults: string[] = [];
  /** The first guest's picture of who is there, by the changes; null: members are not told. */
  readonly #members: Set<string> | null;
  #first: Guest | null = null;
  #onProgress: (guest: Guest) => void = () => {};
  #onDelivery: (count: number) => void = () => {};
  presenceFrames = 0;
  presenceBytes = 0;

  constructor(options: CrowdOptions) {
    this.#options = options;
    this.#members = options.presence === "members" ? new Set() : null;
  }

  get size(): number {
    return this.#guests.size;
  }

  /** The first few. */
  get faults(): readonly string[] {
    return this.#faults;
  }

  /** So many more, in lanes; resolves when all are welcomed. */
  async open(more: number): Promise<void> {
    let left = more;
    const lane = async (): Promise<void> => {
      while (left-- > 0) await this.#openOne();
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
  }

  /** Those who came last go, with a good-bye; resolves when they are gone. The first stays, if anybody does. */
  async close(many: number): Promise<void> {
    const leaving = [...this.#guests].slice(-many);
    for (const guest of leaving) {
      this.#guests.delete(guest);
      this.#onProgress(guest);
    }
    await Promise.all(leaving.map(({ connection }) => connection.close(5000)));
  }

  /**
   * Resolves when every guest has been told that `members` are there.
   * @throws Error after `patience` ms
   */
  untilTold(members: number, patience: number): Promise<void> {
    return this.#until(
      ({ count }) => count === members,
      (missing) => `${missing} of ${this.size} were not told that ${members} are there`,
      patience,
    );
  }

  /**
   * Resolves when every guest has had message `number`.
   * @param onDelivery called for each, when it has come
   * @throws Error after `patience` ms
   */
  untilDelivered(number: number, onDelivery: () => void, patience: number): Promise<void> {
    this.#onDelivery = (count) => count === number && onDelivery();
    return this.#until(
      ({ next }) => next > number,
      (missing) => `${missing} of ${this.size} did not get message ${number}`,
      patience,
    );
  }

  /** What the first guest was told by the changes does not add up to what it was told of the count; null: it does. */
  checkFold(): void {
    const counted = this.#first?.count;
    if (this.#members !== null && this.#members.size !== counted)
      this.#fault(`the changes make ${this.#members.size} members, the count is ${counted}`);
  }

  #until(isDone: (guest: Guest) => boolean, describe: (missing: number) => string, patience: number): Promise<void> {
    const missing = new Set([...this.#guests].filter((guest) => !isDone(guest)));
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(describe(missing.size))), patience);
      const look = (): void => {
        if (missing.size > 0) return;
        clearTimeout(timer);
        this.#onProgress = () => {};
        resolve();
      };
      // Only the one that something came to is asked again: with thousands, asking all would be what is measured.
      this.#onProgress = (guest) => {
        if (this.#guests.has(guest) && !isDone(guest)) missing.add(guest);
        else if (missing.delete(guest)) look();
      };
      look();
    });
  }

  #openOne(): Promise<void> {
    const { port, room, presence } = this.#options;
    return new Promise((resolve, reject) => {
      let isIn = false;
      const connection = new Connection({
        port,
        path: `/v1/rooms/${room}/connect?presence=${presence}`,
        headers: [],
        offersDeflate: false,
        onFailure: (reason) => {
          if (isIn) this.#fault(reason);
          else reject(new Error(`${reason} when ${this.size} were there or on their way`));
        },
        onMessage: (bytes, start, end) => {
          this.#read(guest, bytes, start, end, !isIn);
          isIn = true;
          resolve();
        },
      });
      const guest: Guest = { connection, count: 0, next: -1 };
      this.#guests.add(guest);
      this.#first ??= guest;
    });
  }

  #read(guest: Guest, bytes: Uint8Array, start: number, end: number, isWelcome: boolean): void {
    if (startsWith(bytes, start, MESSAGES)) {
      scanMarkers(bytes, start, end, { marker: (_, count) => this.#delivered(guest, count) });
    } else {
      const at = Buffer.from(bytes.buffer, bytes.byteOffset).indexOf(COUNT, start);
      if (at === -1 || at > Math.min(end, start + COUNT_WITHIN)) return this.#fault("a frame that tells no count");
      guest.count = Number.parseInt(textOf(bytes, at + COUNT.length, Math.min(end, at + COUNT.length + 8)), 10);
      if (!isWelcome) {
        this.presenceFrames++;
        this.presenceBytes += end - start;
      }
      if (guest === this.#first) this.#fold(JSON.parse(textOf(bytes, start, end)));
    }
    this.#onProgress(guest);
  }

  #delivered(guest: Guest, count: number): void {
    if (guest.next !== -1 && guest.next !== count) this.#fault(`message ${count} where ${guest.next} was due`);
    guest.next = count + 1;
    this.#onDelivery(count);
  }

  #fold(frame: {
    presence?: { members?: { user: string }[] };
    joined?: { user: string }[];
    left?: { user: string }[];
  }) {
    for (const { user } of [...(frame.presence?.members ?? []), ...(frame.joined ?? [])]) {
      this.#members?.add(user);
    }
    for (const { user } of frame.left ?? []) this.#members?.delete(user);
  }

  #fault(reason: string): void {
    if (this.#faults.length < FAULTS_SHOWN) this.#faults.push(reason);
  }
}

function textOf(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString();
}

function startsWith(bytes: Uint8Array, start: number, prefix: Uint8Array): boolean {
  for (let i = 0; i < prefix.length; i++) if (bytes[start + i] !== prefix[i]) return false;
  return true;
}
