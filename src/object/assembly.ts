/** What a channel's object is made of: the core, and what it needs of the world, in each of the three kinds of object. */
import { Channel } from "../core/channel.ts";
import { sendAcks } from "../core/fan-out.ts";
import { Inbox } from "../core/inbox.ts";
import { Requests } from "../core/request.ts";
import type { Env } from "../env.ts";
import { logLine } from "../logging.ts";
import { type Address, formatAddress, parseAddress } from "../protocol/address.ts";
import { parseRelay } from "../protocol/relay.ts";
import { settingsOf } from "../settings.ts";
import { LinkTables } from "../storage/links.ts";
import { MemberTable } from "../storage/members.ts";
import { OthersTable } from "../storage/others.ts";
import { PersonTables } from "../storage/person.ts";
import { RelayTable } from "../storage/relay.ts";
import { tablesIn } from "../storage/schema.ts";
import { SubscriptionTable } from "../storage/subscriptions.ts";
import { channelLog } from "./channel-log.ts";
import { type Deadline, Deadlines } from "./deadlines.ts";
import { Directory, type OwnUser } from "./directory.ts";
import { hostOf, type Surroundings } from "./host.ts";
import { Inlet } from "./inlet.ts";
import { Links } from "./links/links.ts";
import { Person } from "./person.ts";
import type { Publishing } from "./publishing.ts";
import { PresenceExchange } from "./relays/presence-exchange.ts";
import type { PresenceNews } from "./relays/presence-news.ts";
import { ROOM } from "./relays/presence-peers.ts";
import { Relay } from "./relays/relay.ts";
import { ServedRelays } from "./relays/served.ts";
import { Uplink } from "./relays/uplink.ts";
import { admit } from "./review.ts";
import type { ChannelRpc } from "./rpc.ts";
import { alarmOf, sqlOf } from "./sql.ts";
import { channelStub, linkedStub, roomStub } from "./stubs.ts";
import { Subscriptions } from "./subscriptions/subscriptions.ts";
import type { Usage } from "./usage.ts";

export type ObjectKind = "room" | "user" | "relay";

export interface AssemblyParts {
  readonly kind: ObjectKind;
  readonly ctx: DurableObjectState;
  readonly env: Env;
  readonly usage: Usage;
  /** Of the object itself. */
  readonly own: ChannelRpc;
  readonly lostAt: number;
  readonly now: number;
  turn<Result>(event: (now: number) => Result): Result;
  arm(): void;
}

export interface Assembly {
  readonly its: Surroundings & Publishing;
  readonly deadlines: Deadlines;
  /** Of a user's object. */
  readonly person: Person | null;
  /** Of a room's. */
  readonly relays: ServedRelays;
  /** Whether it has been used before. */
  readonly isUsed: boolean;
  /** All connections from before a sleep are there: from now on members are shared with the channel's other nodes. */
  meet(): void;
}

export function assemble({ kind, ctx, env, usage, own, lostAt, now, turn, arm }: AssemblyParts): Assembly {
  const settings = settingsOf(env);
  // The edge has said so already, and calls no object.
  if ("problem" in settings) throw new Error(settings.problem);
  const { rules } = settings;
  const name = ctx.id.name ?? "";
  const room = kind === "relay" ? (parseRelay(name)?.room ?? "") : name;
  const address = formatAddress({ kind: kind === "user" ? "user" : "room", id: room });
  const connections = kind === "relay" ? { CONNECTIONS: settings.config.RELAY_CONNECTIONS } : {};
  const config = { ...settings.config, ...connections };
  const sql = sqlOf(ctx.storage, usage);
  const made = tablesIn(sql);
  const log = channelLog(address, settings, sql, made, kind === "relay" ? noEpoch : undefined);
  const members = new MemberTable(sql);
  const others = kind === "user" ? undefined : new OthersTable(sql, made);
  const tables = kind === "user" ? new PersonTables(sql, made) : null;
  const deadlinesChanged = arm;

  const uplink: Uplink | null =
    kind === "relay"
      ? new Uplink({
          ...{ name, turn, mostMessages: config.PENDING_MESSAGES, mostBytes: config.PENDING_BYTES },
          connections: () => channel.sessions.size,
          at: () => log.head ?? { epoch: "", seq: 0 },
          subscription: (): Promise<string> => (relay as Relay).attachment.subscription(),
          call: async (call) => roomStub(env, room).up(call),
          page: async (...asked) => roomStub(env, room).page(...asked),
          ended: (...ended) => relay?.attachment.endedBy(...ended),
          reached: (...reached) => relay?.reached(...reached),
          missed: (at) => exchange?.attached(ROOM, at),
          sendAcks,
          randomId: () => crypto.randomUUID(),
        })
      : null;
  const channel: Channel = new Channel({
    ...{ address, config, log, members, lostAt, now },
    others,
    host: hostOf(() => its, kind === "user"),
    inbox: tables && new Inbox(room, log, tables),
    upstream: uplink,
  });
  const person = tables && new Person({ id: room, tables, env, address, own, deadlinesChanged });
  const relay: Relay | null =
    uplink &&
    new Relay({
      ...{ name, channel, log, uplink, turn, deadlinesChanged },
      table: new RelayTable(sql, made),
      room: () => roomStub(env, room),
      exchange: () => exchange,
      wipe: (then) =>
        void ctx.blockConcurrencyWhile(async () => {
          await ctx.storage.deleteAll();
          others?.wiped();
          then();
          deadlines.forget(); // the alarm went with the rest
        }),
    });
  const inlet = new Inlet(() => channel, config.PENDING_BYTES, turn);
  const directory = new Directory({
    env,
    // By its own name: a revocation has to find the connections where they are.
    address: kind === "relay" ? name : address,
    own: person as OwnUser | null,
    departureDelay: config.DEPARTURE_DELAY,
    isHere: (user) => channel.sessions.isHere(user),
  });
  const links = new Links({
    ...{ config, channel, log, members, inlet, now, turn, deadlinesChanged },
    tables: new LinkTables(sql, made),
    send: async (peer, batch) => linkedStub(env, peer).deliver(batch),
    admit: (identity) => admit(identity, address),
    relayAttached: (relayName, at) => exchange?.attached(relayName, at),
    relayGone: (relayName, left, at) => (left ? exchange?.ended(relayName, at) : exchange?.lost(relayName, at)),
    confirmOthers: async () => exchange?.confirm(),
  });
  const subscriptions =
    kind === "user"
      ? new Subscriptions({
          ...{ user: room, config, rules, channel, turn, deadlinesChanged },
          table: new SubscriptionTable(sql, made),
          call: async (to, call, hint) => channelStub(env, parseAddress(to) as Address, hint).link(call),
        })
      : null;
  const requests = new Requests(channel);
  const presence = (peer: string, news: PresenceNews, at: number) => exchange?.take(peer, news, at);
  const relays = new ServedRelays({ channel, log, requests, links, presence, turn });
  let exchange: PresenceExchange | null = null;
  const its: Surroundings & Publishing = {
    ...{
      env,
      settings,
      channelKind: kind,
      channel,
      inlet,
      directory,
      links,
      requests,
      subscriptions,
      relay,
      turn,
      arm,
    },
    get exchange() {
      return exchange;
    },
  };
  const meet = () => {
    if (kind === "user") return;
    exchange = new PresenceExchange({
      ...{ channel, isRoom: kind === "room", turn },
      send: (peer, news) => (uplink === null ? links.relays.tell(peer, news) : uplink.presence(news)),
      later: (event, ms) => {
        const timer = setTimeout(event, ms);
        return () => clearTimeout(timer);
      },
    });
  };
  const elsewhere: Deadline = {
    name: "others",
    due: (at) => exchange?.deadline.due(at) ?? null,
    run: (at) => exchange?.deadline.run(at),
  };
  const ofUser = [person, subscriptions].flatMap((part) => (part === null ? [] : [part.deadline]));
  const all = [...channel.deadlines, ...links.deadlines, ...(relay?.deadlines ?? []), elsewhere, ...ofUser];
  const deadlines = new Deadlines(alarmOf(ctx.storage, usage), all, (deadline, error) =>
    logLine(env, "deadline_failed", { deadline, channelKind: kind, error: String(error) }),
  );
  const isUsed = channel.isUsed || tables?.isUsed === true;
  return { its, deadlines, person, relays, isUsed, meet };
}

/** A relay's log is its room's. */
function noEpoch(): never {
  throw new Error("a relay makes no epoch");
}
