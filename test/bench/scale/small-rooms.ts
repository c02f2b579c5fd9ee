/**
 * As many people in small rooms: each room an object that knows of no other, so that everything is once the number of rooms.
 * There is nothing to break but the bill.
 */
import type { Bill } from "../cost/bill.ts";
import { NO_USAGE, plus } from "../cost/usage.ts";
import { billOfUsage } from "./bill.ts";
import type { Units } from "./unit-costs.ts";

export interface SmallRooms {
  readonly people: number;
  /** People of a room. */
  readonly each: number;
  /** Messages a second in each room. */
  readonly messagesPerSecond: number;
  /** Minutes from one visit of a person to the next. */
  readonly stay: number;
}

export interface SmallRoomsHour {
  readonly rooms: number;
  /** Of all rooms, a second. */
  readonly messages: number;
  readonly deliveries: number;
  /** Share of one room's thread. */
  readonly busy: number;
  readonly bill: Bill;
  readonly dollarsPerPersonAndMonth: number;
}

/** A message that finds its room asleep, as `npm run cost -- chat` measures it: ms busy to wake, rows read. */
const WAKE_MS = 4;
const WAKE_ROWS = 168;
/** s after which a room that nothing happens in is put to sleep. */
const SLEEPS_AFTER = 10;
const HOUR = 3600;
const MONTH_HOURS = 30 * 24;

export function smallRooms({ people, each, messagesPerSecond, stay }: SmallRooms, units: Units): SmallRoomsHour {
  const rooms = people / each;
  const asleep = Math.exp(-messagesPerSecond * SLEEPS_AFTER);
  const cpu = units.message + units.row + each * units.send;
  const message = {
    frames: 1,
    rowsWritten: 1.02, // B12, what is deleted later included
    rowsRead: asleep * WAKE_ROWS,
    busyMs: cpu + asleep * WAKE_MS + units.commit,
  };
  // Two calls besides the connect, five rows, and a second until the leave is told, as `npm run cost -- chat` has it.
  const visit = { edgeRequests: 1, requests: 3, rowsWritten: 5, rowsRead: 3, busyMs: 1000 + 4 * units.commit };
  const look = { alarms: 1, alarmsSet: 1, busyMs: 1, rowsRead: 8 }; // B12: 24 a day
  const messages = rooms * messagesPerSecond;
  let usage = plus(NO_USAGE, message, messages * HOUR);
  usage = plus(usage, visit, (people * 60) / stay);
  usage = plus(usage, look, rooms);
  const bill = billOfUsage(usage);
  return {
    ...{ rooms, messages, bill },
    deliveries: messages * each,
    busy: (messagesPerSecond * cpu) / 1000,
    dollarsPerPersonAndMonth: (bill.dollarsBeyond * MONTH_HOURS) / people,
  };
}
