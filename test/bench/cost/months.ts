/**
 * Months of typical applications: who does what how often. What one deed uses is not here: it is measured (`actions.ts`).
 * Every number that somebody might see differently is a named part of a month, and printed with it.
 */
import * as actions from "./actions.ts";
import type { Lab } from "./lab.ts";
import * as inMany from "./many-actions.ts";
import { plus, type Usage } from "./usage.ts";

/** Something that happens so often in the month. */
export interface Deed {
  what: string;
  times: number;
  usage: Usage;
}

export interface Month {
  name: string;
  title: string;
  /** The assumptions, in sentences. */
  assumes: readonly string[];
  /** Rooms with full logs, and users. */
  stored: { rooms: number; users: number };
  deeds(lab: Lab): Promise<Deed[]>;
}

const DAYS = 30;
const HOUR = 3600;
const MONTH_MS = DAYS * 24 * HOUR * 1000;

/** Each of `sockets` members is looked after in rooms that nobody watches. */
async function sweeps(lab: Lab, rooms: number, socketsPerRoom: number): Promise<Deed> {
  const usage = await actions.sweep(lab, socketsPerRoom);
  const times = (rooms * MONTH_MS) / (await actions.alarmIn(lab, 10));
  return { what: `a look for the dead, in a room of ${socketsPerRoom} members`, times, usage };
}

const teamChat: Month = {
  name: "chat",
  title: "A team chat: 50 people, 20 rooms",
  assumes: [
    "22 working days; each person opens 5 rooms 4 times a day (laptop shut, train, phone)",
    "100 messages a day and person, one at a time: each finds its room asleep; 3 typing signals for each",
    "10 people in a room, who see who is there; heartbeats every 30 s for 8 hours",
  ],
  stored: { rooms: 20, users: 50 },
  async deeds(lab) {
    const [people, days, perRoom] = [50, 22, 10];
    const messages = people * 100 * days;
    return [
      {
        what: "a visit of a member who watches",
        times: people * 5 * 4 * days,
        usage: await actions.visit(lab, { presence: "members" }),
      },
      {
        what: "a message to a sleeping room of 10",
        times: messages,
        usage: await actions.messageToSleepingRoom(lab, perRoom),
      },
      { what: "a typing signal", times: 3 * messages, usage: await actions.signalToSleepingRoom(lab, perRoom) },
      { what: "a heartbeat", times: people * 5 * 8 * 120 * days, usage: await actions.heartbeat(lab) },
    ];
  },
};

const livestream: Month = {
  name: "livestream",
  title: "Livestreams with 5,000 watching",
  assumes: [
    "20 streams of 2 hours, 5,000 viewers each, who come once, watch without being members, and go",
    "a chat of 10 messages a second, in one room",
  ],
  stored: { rooms: 20, users: 5000 },
  async deeds(lab) {
    const [streams, viewers, perSecond] = [20, 5000, 10];
    return [
      { what: "a visit of a viewer", times: streams * viewers, usage: await actions.visit(lab, { member: 0 }) },
      {
        what: "a message to 5,000, at 10 a second",
        times: streams * 2 * HOUR * perSecond,
        usage: await actions.messageAtRate(lab, perSecond, viewers),
      },
    ];
  },
};

const oddsFeed: Month = {
  name: "odds",
  title: "An odds feed: 20 matches at a time",
  assumes: [
    "20 rooms, 12 hours every day, 50 updates a second in each, from one server over a WebSocket",
    "500 listeners in each room, who are no members and come twice a day",
  ],
  stored: { rooms: 20, users: 10_000 },
  async deeds(lab) {
    const [rooms, listeners, perSecond] = [20, 500, 50];
    return [
      {
        what: "an update to 500, at 50 a second",
        times: rooms * DAYS * 12 * HOUR * perSecond,
        usage: await actions.messageAtRate(lab, perSecond, listeners),
      },
      {
        what: "a visit of a listener",
        times: rooms * listeners * 2 * DAYS,
        usage: await actions.visit(lab, { member: 0 }),
      },
    ];
  },
};

const sensors: Month = {
  name: "sensors",
  title: "A fleet of 1,000 sensors",
  assumes: [
    "each posts a reading a minute over HTTP, with a token of its own, into a room of its own",
    "so each reading finds its room asleep (which it is after 10 s); 3 dashboards are connected to every room",
  ],
  stored: { rooms: 1000, users: 1000 },
  async deeds(lab) {
    return [
      {
        what: "a reading, posted to a sleeping room that 3 watch",
        times: 1000 * 60 * 24 * DAYS,
        usage: await actions.postToSleepingRoom(lab, 3),
      },
      { what: "a heartbeat of a dashboard", times: 3000 * 2880 * DAYS, usage: await actions.heartbeat(lab) },
    ];
  },
};

const idleSockets: Month = {
  name: "idle",
  title: "100,000 idle sockets",
  assumes: [
    "1,000 rooms of 100 members each, whom nobody watches; each comes back once a day",
    "heartbeats every 30 s, and nothing else",
  ],
  stored: { rooms: 0, users: 100_000 },
  async deeds(lab) {
    const [rooms, perRoom] = [1000, 100];
    return [
      { what: "a heartbeat", times: rooms * perRoom * 2880 * DAYS, usage: await actions.heartbeat(lab) },
      { what: "a visit", times: rooms * perRoom * DAYS, usage: await actions.visit(lab, {}) },
      await sweeps(lab, rooms, perRoom),
    ];
  },
};

/** The same people in the same rooms, by a socket for each room or by one with subscriptions. */
function manyRooms(name: string, title: string, way: inMany.Way): Month {
  const [people, roomsEach, perRoom, visits, said, hours] = [1000, 50, 20, 8, 20, 8];
  return {
    name,
    title: `${people.toLocaleString("en-US")} people, each in ${roomsEach} rooms of ${perRoom}, by ${title}`,
    assumes: [
      `each comes ${visits} times a day, to all ${roomsEach} rooms, and is there for ${hours} hours in all; nobody watches who is there`,
      `${said} messages a day and person, one at a time, when all ${perRoom} are there: each finds everybody asleep`,
    ],
    stored: { rooms: (people * roomsEach) / perRoom, users: people },
    async deeds(lab) {
      const online = hours / 24;
      const looks = await inMany.looks(lab, way, perRoom);
      return [
        {
          what: `a visit to ${roomsEach} rooms`,
          times: people * visits * DAYS,
          usage: await inMany.visit(lab, way, roomsEach),
        },
        {
          what: `a message to a sleeping room of ${perRoom}`,
          times: people * said * DAYS,
          usage: await inMany.message(lab, way, perRoom),
        },
        {
          what: `a look for the dead, ${way === "sockets" ? "in a room" : "at a person's socket"}`,
          times: ((way === "sockets" ? (people * roomsEach) / perRoom : people) * online * MONTH_MS) / looks.every,
          usage: looks.usage,
        },
      ];
    },
  };
}

const bySockets = manyRooms("sockets", "a socket for each room", "sockets");
const byOneSocket = manyRooms("multiplex", "one socket with subscriptions", "subscriptions");

export const months: readonly Month[] = [
  ...[teamChat, livestream, oddsFeed, sensors, idleSockets],
  ...[bySockets, byOneSocket],
];

export function totalOfDeeds(deeds: readonly Deed[], nothing: Usage): Usage {
  return deeds.reduce((sum, { times, usage }) => plus(sum, usage, times), nothing);
}
