/** Who is in a run: clients of all kinds, each behind a proxy of its own. */
import { setTimeout as pause } from "node:timers/promises";
import type { TransportName as SdkTransport } from "../../../src/client/index.ts";
import { positionOf } from "../../support/frames.ts";
import { until } from "../../support/until.ts";
import { Client } from "../clients/client.ts";
import type { TransportName } from "../clients/line.ts";
import { type Habits, Publisher } from "../clients/publisher.ts";
import { RealNetwork, wallTime } from "../clients/real-network.ts";
import { SdkClient } from "../clients/sdk-client.ts";
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
/** Messages of one of which it is not known what became of them: then no more are begun. */
const MOST_PENDING = 20;

export class Cast {
  readonly followers: Follower[] = [];
  readonly raw: Client[] = [];
  readonly sdk: SdkClient[] = [];
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
    const { client, proxy, ear } = await this.#client(name, user, room, { ...options, transports, presence });
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
    const { client, proxy } = await this.#client(name, name, room, { ...options, transports: [], presence: false });
    const writer = new Publisher(client, { ...this.#habits, http: 1, ...habits }, room.canary);
    this.writers.push(writer);
    return { writer, proxy };
  }

  async addSdk(room: Room, transports: readonly SdkTransport[] = ["websocket", "sse", "poll"]): Promise<SdkClient> {
    const name = this.#named("sdk");
    this.#stage.allow(name, room);
    const { proxy, ear } = await this.#stage.proxy(name);
    const client = new SdkClient({
      ...{ name, user: name, channel: room.channel, url: proxy.url, after: room.start, canary: room.canary },
      ...{
        transports,
        random: this.#stage.random,
        recorder: this.#stage.recorder.for(name),
        tokens: this.#stage.tokens,
      },
      tokenLife: this.#tokenLife,
    });
    this.sdk.push(client);
    this.followers.push({
      ...{ name, user: name, room, proxy, ear },
      seq: () => seqOf(client.cursor),
      cursor: () => client.cursor,
      talker: client,
      isStopped: () => false,
      isOpen: () => client.room.state.name === "connected",
    });
    return client;
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

  async #client(
    name: string,
    user: string,
    room: Room,
    options: RawOptions & { readonly transports: readonly TransportName[]; readonly presence: boolean },
  ): Promise<{ client: Client; proxy: TcpProxy; ear: Ear }> {
    this.#stage.allow(user, room);
    const { proxy, ear } = await this.#stage.proxy(user);
    const network = new RealNetwork(() => proxy.url);
    this.#networks.push(network);
    const client = new Client({
      ...{ name, user, channel: room.channel, member: true, tokenLife: this.#tokenLife, ...options },
      ...{ actor: { isAlive: true }, network, time: wallTime, tokens: this.#stage.tokens },
      random: options.random ?? this.#stage.random,
      recorder: this.#stage.recorder.for(name),
    });
    return { client, proxy, ear };
  }
}

function seqOf(cursor: string | null): number {
  return cursor === null ? 0 : positionOf(cursor).seq;
}
