/** Who is in a run: clients of all kinds, each behind a proxy of its own. */
import { setTimeout as pause } from "node:timers/promises";
import type { TransportName as SdkTransport } from "../../../src/client/index.ts";
import { positionOf } from "../../support/frames.ts";
import { until } from "../../support/until.ts";
import { Client } from "../clients/client.ts";
import type { TransportName } from "../clients/line.ts";
import type { Network } from "../clients/network.ts";
import { type Habits, Publisher } from "../clients/publisher.ts";
import { RealNetwork, wallTime } from "../clients/real-network.ts";
import { SdkClient } from "../clients/sdk-client.ts";
import { SdkWire } from "../clients/sdk-wire.ts";
import { SharedNetwork } from "../clients/shared-network.ts";
import type { TcpProxy } from "../proxy/proxy.ts";
import type { Random } from "../random.ts";
import type { Ear } from "./ear.ts";
import type { Room, Stage } from "./stage.ts";

/** Somebody who publishes. */
export interface Talker {
  /** Messages of which it is not known yet what became of them. */
  readonly pending: number;
  /** One more. */
  act(): void;
}

/** Somebody who follows a room, whatever they are made of. */
export interface Follower {
  readonly name: string;
  readonly user: string;
  readonly room: Room;
  readonly proxy: TcpProxy;
  readonly ear: Ear;
  /** Of the last message that it has. */
  readonly seq: () => number;
  readonly cursor: () => string | null;
  readonly talker: Talker;
  readonly isStopped: () => boolean;
  readonly isOpen: () => boolean;
}

export interface RawOptions {
  readonly transports?: readonly TransportName[];
  readonly presence?: boolean;
  readonly member?: boolean;
  readonly user?: string;
  /** Called before it begins. */
  readonly begun?: (proxy: TcpProxy, client: Client) => void;
  /** ms without a sign of life until it gives a connection up. */
  readonly patience?: number;
  /** ms between two pings. */
  readonly beat?: number;
  /** Of its own choices. Default: the stage's. */
  readonly random?: Random;
}

interface Played extends RawOptions {
  readonly name: string;
  readonly user: string;
  readonly transports: readonly TransportName[];
  readonly presence: boolean;
}

interface Way {
  readonly proxy: TcpProxy;
  readonly ear: Ear;
  readonly network: Network;
}

const HABITS: Habits = {
  http: 0.3,
  withoutId: 0,
  array: 0.05,
  twice: 0.1,
  collide: 0,
  largest: 400,
  pause: 300,
  longest: 4,
};
const ALL: readonly SdkTransport[] = ["websocket", "sse", "poll"];
/** Rooms that one stream carries; more are polled. */
const STREAMED = 16;
/** Messages of one of which it is not known what became of them: then no more are begun. */
const MOST_PENDING = 20;

export class Cast {
  readonly followers: Follower[] = [];
  readonly raw: Client[] = [];
  readonly sdk: SdkClient[] = [];
  readonly wires: SdkWire[] = [];
  /** Who only publishes. */
  readonly writers: Publisher[] = [];
  /** Who of them all publishes by itself. */
  readonly talkers: Talker[] = [];
  readonly #stage: Stage;
  readonly #habits: Habits;
  readonly #tokenLife: () => number;
  readonly #networks: RealNetwork[] = [];
  readonly #publishers = new Map<Client, Publisher>();
  readonly #talks: Promise<void>[] = [];
  #isTalking = true;
  #count = 0;

  /** @param tokenLife s */
  constructor(stage: Stage, habits: Partial<Habits>, tokenLife: () => number) {
    this.#stage = stage;
    this.#habits = { ...HABITS, ...habits };
    this.#tokenLife = tokenLife;
  }

  /** A raw client that follows a room and publishes there. */
  async addRaw(room: Room, options: RawOptions = {}): Promise<Client> {
    const name = this.#named("raw");
    const { transports = ["ws", "sse", "poll"], presence = false, user = name } = options;
    const { proxy, ear, network } = await this.#way(user, [room]);
    return this.#addRaw(room, { ...options, name, user, transports, presence }, { proxy, ear, network });
  }

  /** Raw clients of one user, one in each room, that share a WebSocket to the user's own channel. */
  async addSharedRaw(rooms: readonly Room[], options: Omit<RawOptions, "user"> = {}): Promise<SharedNetwork> {
    const user = this.#named("raw");
    const { transports = ["ws"], presence = false } = options;
    const { proxy, ear, network } = await this.#way(user, rooms);
    const shared = new SharedNetwork(network, user, { isAlive: true });
    for (const [index, room] of rooms.entries()) {
      const more = { ...options, name: `${user}-${index}`, user, transports, presence };
      this.#addRaw(room, more, { proxy, ear, network: shared });
    }
    return shared;
  }

  #addRaw(room: Room, options: Played, { proxy, ear, network }: Way): Client {
    const { name, user } = options;
    const client = this.#client(room, options, network);
    const publisher = new Publisher(client, this.#habits, room.canary);
    this.raw.push(client);
    this.followers.push({
      ...{ name, user, room, proxy, ear },
      seq: () => seqOf(client.cursor),
      cursor: () => client.cursor,
      talker: publisher,
      isStopped: () => client.isStopped,
      // A poll has no welcome.
      isOpen: () => client.isOpen || client.cursor !== null,
    });
    this.#publishers.set(client, publisher);
    options.begun?.(proxy, client);
    client.start();
    return client;
  }

  /** One who publishes by requests alone. */
  async addWriter(
    room: Room,
    habits: Partial<Habits> = {},
    options: RawOptions = {},
  ): Promise<{ writer: Publisher; proxy: TcpProxy }> {
    const name = this.#named("writer");
    const { proxy, network } = await this.#way(name, [room]);
    const client = this.#client(room, { ...options, name, user: name, transports: [], presence: false }, network);
    const writer = new Publisher(client, { ...this.#habits, http: 1, ...habits }, room.canary);
    this.writers.push(writer);
    return { writer, proxy };
  }

  async addSdk(room: Room, transports: readonly SdkTransport[] = ALL): Promise<SdkClient> {
    await this.#addWire([room], transports, false);
    return this.sdk.at(-1) as SdkClient;
  }

  /** An SDK that follows all those rooms over one connection. */
  addSharedSdk(rooms: readonly Room[]): Promise<SdkWire> {
    return this.#addWire(rooms, ALL, true);
  }

  async #addWire(rooms: readonly Room[], transports: readonly SdkTransport[], multiplex: boolean): Promise<SdkWire> {
    const user = this.#named("sdk");
    const { random, tokens, recorder } = this.#stage;
    this.#stage.allow(user, ...rooms);
    const { proxy, ear } = await this.#stage.proxy(user);
    const token = () => tokens.mint(user, this.#tokenLife());
    const isMember = (over: TransportName) =>
      !multiplex || over === "ws" || (over === "sse" && rooms.length <= STREAMED);
    const wire = new SdkWire({ user, url: proxy.url, token, transports, multiplex, random });
    this.wires.push(wire);
    for (const [index, room] of rooms.entries()) {
      const name = multiplex ? `${user}-${index}` : user;
      const { channel, canary, start: after } = room;
      const parts = { name, user, channel, canary, after, isMember, random, recorder: recorder.for(name) };
      const client = new SdkClient(parts, wire.wire);
      this.sdk.push(client);
      this.followers.push({
        ...{ name, user, room, proxy, ear },
        seq: () => seqOf(client.cursor),
        cursor: () => client.cursor,
        talker: client,
        isStopped: () => false,
        isOpen: () => client.room.state.name === "connected",
      });
    }
    return wire;
  }

  /** What it publishes by. */
  publisherOf(client: Client): Publisher {
    return this.#publishers.get(client) as Publisher;
  }

  /** Somebody comes, and is gone without a word. */
  async vanish(room: Room): Promise<void> {
    const client = await this.addRaw(room, { transports: ["ws"] });
    const isGone = () => {
      client.vanish(); // as soon as it has sent a sign of life
      return client.isStopped;
    };
    await until(isGone, { what: `${client.parts.name} has been there` });
    this.#stage.fault("vanish");
  }

  /** 16 who publish and 8 who only follow, on all transports: half of them the SDK. */
  async addUsual(): Promise<void> {
    const ways: (readonly SdkTransport[])[] = [["websocket"], ["sse"], ["poll"], ["websocket", "sse", "poll"]];
    for (let index = 0; index < 16; index++) {
      const room = this.#stage.rooms[index % this.#stage.rooms.length] as Room;
      if (index < 6) await this.addSdk(room, ways[index % ways.length]);
      else if (index < 12) await this.addRaw(room, { presence: index % 3 === 0 });
      else await this.addWriter(room);
    }
    const talking = this.followers.length;
    for (let index = 0; index < 8; index++) {
      const room = this.#stage.rooms[index % this.#stage.rooms.length] as Room;
      if (index < 4) await this.addSdk(room, ways[index % ways.length]);
      // A second tab of somebody who publishes, among others.
      else {
        const user = index >= 6 ? this.raw[index - 6]?.parts.user : undefined;
        await this.addRaw(room, { presence: index % 2 === 0, ...(user === undefined ? {} : { user }) });
      }
    }
    this.talkers.push(...this.followers.slice(0, talking).map(({ talker }) => talker), ...this.writers);
  }

  /** Everybody publishes, each so many messages a second, until `hush`. */
  talk(perSecond: number): void {
    for (const talker of this.talkers)
      this.#talks.push(
        (async () => {
          while (this.#isTalking) {
            // Who gets no answers does not go on for ever.
            if (talker.pending < MOST_PENDING) talker.act();
            await pause((this.#stage.random.between(0, 2) * 1000) / perSecond);
          }
        })(),
      );
  }

  /** Waits until everybody is connected. */
  async settle(): Promise<void> {
    const awaited = () => this.followers.filter((each) => !each.isStopped() && !each.isOpen());
    await until(() => awaited().length === 0, {
      what: () => `everybody is connected, not without ${awaited().map(({ name }) => name)}`,
    });
  }

  /** Nobody begins to publish any more. */
  async hush(): Promise<void> {
    this.#isTalking = false;
    await Promise.all(this.#talks);
  }

  /** Every transport comes through again. */
  heal(): void {
    for (const wire of this.wires) {
      wire.blocked.clear();
      wire.wake();
    }
  }

  /** Everybody is gone. */
  async leave(): Promise<void> {
    await this.hush();
    for (const client of this.raw) client.actor.isAlive = false;
    for (const client of this.sdk) client.stop();
    for (const network of this.#networks) network.close();
  }

  /** All names of a kind are as long. */
  #named(kind: string): string {
    return `${kind}-${String(++this.#count).padStart(4, "0")}`;
  }

  /** How a user who may be in those rooms comes to the service. */
  async #way(user: string, rooms: readonly Room[]): Promise<Way & { readonly network: RealNetwork }> {
    this.#stage.allow(user, ...rooms);
    const { proxy, ear } = await this.#stage.proxy(user);
    const network = new RealNetwork(() => proxy.url);
    this.#networks.push(network);
    return { proxy, ear, network };
  }

  #client(room: Room, options: Played, network: Network): Client {
    const { random, tokens, recorder } = this.#stage;
    return new Client({
      ...{ channel: room.channel, member: true, tokenLife: this.#tokenLife, ...options },
      ...{ actor: { isAlive: true }, network, time: wallTime, tokens, recorder: recorder.for(options.name) },
      random: options.random ?? random,
    });
  }
}

function seqOf(cursor: string | null): number {
  return cursor === null ? 0 : positionOf(cursor).seq;
}
