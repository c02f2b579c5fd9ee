/**
 * A room, its relays and their listeners in virtual time: publishes at random, turns that take a thread's time, calls that
 * take the network's, relays that fail and whose listeners come back for what they missed. It shares the unit costs and the
 * tree with the model, and none of its formulas: what those say is compared with what happens here (`compare.ts`).
 */
import { randomFrom } from "../../../support/random.ts";
import { Delays } from "../delays.ts";
import { REGIONS, roundTrip } from "../regions.ts";
import { type Group, jitterOf, LIST_SECONDS, PRESENCE_PER_SECOND, type Scenario, treeOf } from "../scenario.ts";
import type { Units } from "../unit-costs.ts";
import { Caller, type LineParts } from "./caller.ts";
import { Clock } from "./clock.ts";
import type { Course, Simulated } from "./course.ts";
import { Relay, type Said } from "./relay.ts";
import { Tally } from "./tally.ts";
import { Thread } from "./thread.ts";

/** ms until a relay that failed can be dialled, and in which its listeners then dial (SDK: FIRST_WAIT). */
const RESTART_MS = 1000;
const BACKOFF_MS = 500;
/** Listeners who come at about the same time are dealt with together: ms. */
const TICK_MS = 50;
/** ms after the end in which what is under way arrives. */
const DRAIN_MS = 60_000;

export function simulate(scenario: Scenario, units: Units, course: Course): Simulated {
  return new World(scenario, units, course).run();
}

/** What has been done so far. */
interface Counts {
  at: number;
  room: number;
  relays: number[];
  calls: number;
}

class World {
  readonly #scenario: Scenario;
  readonly #units: Units;
  readonly #course: Course;
  readonly #clock = new Clock();
  readonly #room = new Thread();
  readonly #tally = new Tally();
  readonly #random: () => number;
  readonly #relays: Relay[] = [];
  readonly #caller: Caller;
  /** When each was said, by its number; null: a count. */
  readonly #said: (number | null)[] = [null];
  /** What has been passed on: a flush makes it more. */
  #head = 0;
  #isFlushDue = false;
  readonly #ends: number;
  readonly #starts: number;
  #failures = 0;

  constructor(scenario: Scenario, units: Units, course: Course) {
    this.#scenario = scenario;
    this.#units = units;
    this.#course = course;
    this.#random = randomFrom(course.seed);
    this.#starts = (course.joinSeconds + course.warmSeconds) * 1000;
    this.#ends = this.#starts + course.seconds * 1000;
    const lines = treeOf(scenario).groups.flatMap((group) => this.#linesOf(group));
    this.#caller = new Caller(
      {
        clock: this.#clock,
        thread: this.#room,
        head: () => this.#head,
        cost: (count) => units.call + (count * scenario.messageBytes * units.callPerKiB) / 1024,
        atOnce: scenario.callsAtOnce,
      },
      lines,
    );
  }

  #linesOf(group: Group): LineParts[] {
    const { room, messageBytes } = this.#scenario;
    const oneWay = roundTrip(room, group.site) / 2;
    const travel = () => oneWay + this.#waitOf(jitterOf(this.#scenario, oneWay));
    const said: Said = { at: (number) => this.#said[number] ?? null, phase: (at) => this.#phase(at) };
    return Array.from({ length: group.relays }, () => {
      const relay = new Relay({
        ...{ clock: this.#clock, units: this.#units, tally: this.#tally, region: group.region, said, messageBytes },
      });
      this.#relays.push(relay);
      this.#fill(relay, group.each);
      return { callee: relay, travel };
    });
  }

  #fill(relay: Relay, listeners: number): void {
    const { joinSeconds } = this.#course;
    if (joinSeconds === 0) relay.listeners = listeners;
    const ticks = (joinSeconds * 1000) / TICK_MS;
    for (let tick = 0; tick < ticks; tick++)
      this.#clock.at((tick + this.#random()) * TICK_MS, () => relay.join(listeners / ticks));
  }

  #phase(at: number): "joining" | "steady" | null {
    if (at >= this.#starts) return at < this.#ends ? "steady" : null;
    return at < this.#course.joinSeconds * 1000 ? "joining" : null;
  }

  /** An exponential wait, ms. */
  #waitOf(mean: number): number {
    return -mean * Math.log(1 - this.#random());
  }

  run(): Simulated {
    const { messagesPerSecond, presence, isolates } = this.#scenario;
    const clock = this.#clock;
    const work = (cost: number) => this.#room.work(clock.now, cost);
    this.#again(1000 / messagesPerSecond, () => {
      work(this.#units.request + this.#units.message);
      this.#say(clock.now);
    });
    this.#again((LIST_SECONDS * 1000) / isolates, () => work(this.#units.request));
    if (presence) {
      for (let second = 1; second * 1000 < this.#ends; second += 1 / PRESENCE_PER_SECOND)
        clock.at(second * 1000, () => this.#say(null));
      this.#again(1000 / PRESENCE_PER_SECOND / Math.max(1, this.#relays.length), () => work(this.#units.request));
    }
    if (this.#course.failEverySeconds > 0)
      this.#again(this.#course.failEverySeconds * 1000, () => {
        if (clock.now >= this.#starts) this.#fail();
      });
    clock.runUntil(this.#starts);
    const before = this.#counts();
    clock.runUntil(this.#ends);
    const after = this.#counts();
    clock.runUntil(this.#ends + DRAIN_MS);
    return this.#result(before, after);
  }

  /** Does it again and again, at random, so many ms from one time to the next on average. */
  #again(every: number, act: () => void): void {
    const next = () => {
      act();
      if (this.#clock.now < this.#ends) this.#clock.at(this.#clock.now + this.#waitOf(every), next);
    };
    this.#clock.at(this.#waitOf(every), next);
  }

  #say(at: number | null): void {
    this.#said.push(at);
    if (this.#isFlushDue) return;
    this.#isFlushDue = true;
    this.#clock.at(this.#room.freeAt, () => this.#flush());
  }

  /** Everything that has come goes out in one turn, and leaves when it is written. */
  #flush(): void {
    const units = this.#units;
    const { now } = this.#clock;
    if (this.#room.freeAt > now) {
      // Something came in between: a turn is in line like everything else.
      this.#clock.at(this.#room.freeAt, () => this.#flush());
      return;
    }
    this.#isFlushDue = false;
    this.#head = this.#said.length - 1;
    const turn = units.row + Math.min(this.#scenario.relayAbove, this.#scenario.listeners) * units.send;
    const end = this.#room.work(now, turn + this.#caller.turn);
    this.#caller.callAll(Math.max(end, now + units.commit));
  }

  #fail(): void {
    const relay = this.#relays[Math.floor(this.#random() * this.#relays.length)];
    if (relay === undefined || !relay.isUp) return;
    this.#failures++;
    const had = relay.position;
    const lost = relay.fail();
    const back = this.#clock.now + RESTART_MS;
    const ticks = BACKOFF_MS / TICK_MS;
    const away = roundTrip(this.#scenario.room, this.#scenario.room);
    // Whoever dials first makes it register: the room answers with what it has missed, and calls it again.
    this.#clock.at(back + this.#waitOf(away), () => {
      this.#clock.at(this.#room.work(this.#clock.now, this.#units.request), () => {
        relay.isUp = true;
        relay.position = this.#head;
        this.#caller.isUp(relay);
        for (let tick = 0; tick < ticks; tick++)
          this.#clock.at(back + away + tick * TICK_MS, () => relay.comeBack(lost / ticks, had));
      });
    });
  }

  #counts(): Counts {
    return {
      at: this.#clock.now,
      room: this.#room.busy,
      relays: this.#relays.map(({ thread }) => thread.busy),
      calls: this.#caller.calls,
    };
  }

  #result(before: Counts, after: Counts): Simulated {
    const span = after.at - before.at;
    const relays = after.relays.map((busy, at) => (busy - (before.relays[at] as number)) / span);
    const messages = this.#said.filter((at) => at !== null && this.#phase(at) === "steady").length;
    const of = (phase: "joining" | "steady") =>
      REGIONS.flatMap((region) => {
        const delays = this.#tally.delays(phase, region);
        return delays === null ? [] : [{ region, delays, deliveries: this.#tally.deliveries(phase, region) }];
      });
    const [joining, steady] = [of("joining"), of("steady")];
    const { own } = treeOf(this.#scenario);
    return {
      steady: new Map(steady.map(({ region, delays }) => [region, delays])),
      joining:
        joining.length === 0
          ? null
          : Delays.mix(joining.map(({ deliveries, delays }) => [deliveries, delays] as const)),
      afterFailure: this.#tally.afterFailure,
      failures: this.#failures,
      seconds: this.#course.seconds,
      messages,
      deliveries: steady.reduce((sum, { deliveries }) => sum + deliveries, 0),
      expected: messages * (this.#scenario.listeners - own),
      roomBusy: (after.room - before.room) / span,
      relayBusy: relays.reduce((sum, busy) => sum + busy, 0) / Math.max(1, relays.length),
      relayBusiest: Math.max(0, ...relays),
      calls: ((after.calls - before.calls) / span) * 1000,
      largestBatch: this.#caller.largestBatch,
      events: this.#clock.events,
    };
  }
}
