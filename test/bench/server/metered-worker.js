/**
 * Edgewire, counting what it uses of what Cloudflare bills. Every object counts for itself: the rows that its storage's
 * cursors say were read and written, alarms that it sets and that ring, requests, frames, and how long it is busy. The
 * sources are those that are deployed; what is added here is around them.
 *
 * Counts are kept by name beside the objects, so that they outlive a sleep. `GET /usage` answers them, and what the edge
 * was asked; `POST /usage` begins anew. `/facts?of=room:lobby` answers what is known of an object otherwise, and
 * `/ring?of=` makes its alarm ring.
 */

import { DurableObject } from "cloudflare:workers";
import { AsyncLocalStorage } from "node:async_hooks";
import worker, { RelayObject as Relay, RoomObject as Room, UserObject as User } from "../../../src/worker.ts";
import { NO_USAGE } from "../cost/usage.ts";

/** Of an object: it is no edge. */
const { edgeRequests: _, ...NOTHING } = NO_USAGE;

class Meter {
  counts = { ...NOTHING };
  /** Events, timers and writes under way. */
  #busy = 0;
  #since = 0;

  reset() {
    this.counts = { ...NOTHING };
    this.#since = performance.now();
  }

  begin() {
    if (this.#busy++ === 0) this.#since = performance.now();
  }

  end() {
    if (--this.#busy === 0) this.counts.busyMs += performance.now() - this.#since;
  }
}

/** By `room:lobby`. */
const meters = new Map();
let edgeRequests = 0;

/** Whose code runs: of what a request calls, awaits and sets a timer for. */
const running = new AsyncLocalStorage();

function meterOf(kind, ctx) {
  const name = `${kind}:${ctx.id.name}`;
  let meter = meters.get(name);
  if (meter === undefined) {
    meter = new Meter();
    meters.set(name, meter);
  }
  return meter;
}

/** Runs an event of an object, which is busy until it is done. */
function during(meter, event) {
  return running.run(meter, () => {
    meter.begin();
    let result;
    try {
      result = event();
    } catch (error) {
      meter.end();
      throw error;
    }
    if (result instanceof Promise) return result.finally(() => meter.end());
    meter.end();
    return result;
  });
}

// An object with a timer cannot sleep, so it is billed until the timer has fired.
const timers = new Map();
const { setTimeout: set, clearTimeout: clear } = globalThis;
globalThis.setTimeout = (task, ms, ...args) => {
  const meter = running.getStore();
  if (meter === undefined) return set(task, ms, ...args);
  meter.begin();
  const timer = set(() => {
    timers.delete(timer);
    try {
      task(...args);
    } finally {
      meter.end();
    }
  }, ms);
  timers.set(timer, meter);
  return timer;
};
globalThis.clearTimeout = (timer) => {
  timers.get(timer)?.end();
  timers.delete(timer);
  clear(timer);
};

function countRows(meter, storage) {
  const { sql } = storage;
  const exec = Object.getPrototypeOf(sql).exec;
  let isCommitting = false;
  const wrote = () => {
    if (isCommitting) return;
    isCommitting = true;
    meter.counts.commits++;
    // Until the write is on disk the object is not idle.
    meter.begin();
    queueMicrotask(() => {
      isCommitting = false;
      storage.sync().finally(() => meter.end());
    });
  };
  sql.exec = (...statement) => {
    const cursor = exec.apply(sql, statement);
    let [read, written] = [0, 0];
    // A cursor's counts grow while its rows are read.
    const count = () => {
      if (cursor.rowsWritten > written) wrote();
      meter.counts.rowsRead += cursor.rowsRead - read;
      meter.counts.rowsWritten += cursor.rowsWritten - written;
      [read, written] = [cursor.rowsRead, cursor.rowsWritten];
    };
    count();
    const toArray = cursor.toArray.bind(cursor);
    cursor.toArray = () => {
      const rows = toArray();
      count();
      return rows;
    };
    return cursor;
  };
  const setAlarm = storage.setAlarm.bind(storage);
  storage.setAlarm = (at) => {
    meter.counts.alarmsSet++;
    return setAlarm(at);
  };
}

/** What the runtime calls that is no RPC, and as what it is billed; null: not at all. */
const EVENTS = new Map([
  ["fetch", "requests"],
  ["alarm", "alarms"],
  ["webSocketMessage", "frames"],
  ["webSocketClose", null],
  ["webSocketError", null],
]);

/** Counts what comes to objects of that class from outside; what an object calls of itself is none. */
function countEvents({ prototype }) {
  if (prototype === DurableObject.prototype) return;
  countEvents(Object.getPrototypeOf(prototype).constructor);
  for (const [name, { value: method }] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
    if (name === "constructor" || typeof method !== "function" || counted.has(method)) continue;
    const billed = EVENTS.has(name) ? EVENTS.get(name) : "requests";
    prototype[name] = function (...args) {
      const { meter } = this;
      if (meter === undefined || running.getStore() === meter) return method.apply(this, args);
      if (billed !== null) meter.counts[billed]++;
      return during(meter, () => method.apply(this, args));
    };
    counted.add(prototype[name]);
  }
}
const counted = new WeakSet();
for (const each of [Room, User, Relay]) countEvents(each);

const metered = (Base, kind) =>
  class extends Base {
    constructor(ctx, env) {
      const meter = meterOf(kind, ctx);
      meter.counts.wakes++;
      countRows(meter, ctx.storage);
      const start = performance.now();
      super(ctx, env);
      meter.counts.busyMs += performance.now() - start;
      this.meter = meter;
    }

    /** The alarm rings now: counted as one. It is not set any more when it does. */
    async ring() {
      await this.ctx.storage.deleteAlarm();
      await this.alarm();
    }

    /** Rows that SQLite itself has changed since this object woke, its size, when the alarm rings (ms, or null). Not counted. */
    async facts() {
      const { storage } = this.ctx;
      const exec = Object.getPrototypeOf(storage.sql).exec;
      const [{ changed }] = exec.call(storage.sql, "SELECT total_changes() AS changed").toArray();
      return { changed, bytes: storage.sql.databaseSize, alarmAt: await storage.getAlarm() };
    }
  };

export const RoomObject = metered(Room, "room");
export const UserObject = metered(User, "user");
export const RelayObject = metered(Relay, "relay");

function usage() {
  return { edgeRequests, objects: Object.fromEntries([...meters].map(([name, { counts }]) => [name, counts])) };
}

export default {
  async fetch(request, env, context) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/usage") {
      const answer = Response.json(usage());
      if (request.method !== "POST") return answer;
      edgeRequests = 0;
      for (const meter of meters.values()) meter.reset();
      return answer;
    }
    if (pathname === "/facts" || pathname === "/ring") {
      const [kind, ...id] = (searchParams.get("of") ?? "").split(":");
      const object = (kind === "user" ? env.USERS : env.ROOMS).getByName(id.join(":"));
      return Response.json((await (pathname === "/facts" ? object.facts() : object.ring())) ?? null);
    }
    edgeRequests++;
    return worker.fetch(request, env, context);
  },
};
