/**
 * What the platform does for one Durable Object: makes it when something comes for it, lets it sleep, keeps its sockets,
 * disk and alarm, holds back what it sends until what it wrote is safe, and starts it anew after a crash.
 */

import type { Random } from "../random.ts";
import { Disk, DiskFailure } from "./disk.ts";
import type { Machine } from "./machine.ts";
import { Actor } from "./timeline.ts";
import { type Data, SimulatedSocket } from "./web-socket.ts";

/** The little of an object that the platform calls. */
export interface DurableObject {
  fetch(request: Request): Promise<Response>;
  alarm(): unknown;
  webSocketMessage(socket: SimulatedSocket, data: Data): unknown;
  webSocketClose(socket: SimulatedSocket, code: number, reason: string, clean: boolean): unknown;
}

export type ObjectClass = new (context: unknown, env: object) => DurableObject;

interface Instance {
  readonly object: DurableObject;
  readonly actor: Actor;
}

interface Held {
  /** It may go when so many events' writes are safe. */
  readonly need: number;
  readonly send: () => void;
}

/** An answer that somebody waits for. */
interface Call {
  reject(error: Error): void;
}

const RETRY_ALARM = 2000;

export class ObjectHost {
  readonly id: string;
  readonly name: string;
  readonly disk = new Disk();
  readonly sockets = new Set<SimulatedSocket>();
  /** By the timeline, ms: until then no call between it and another object arrives; or its answer does not. The edge's do. */
  cutOffUntil = 0;
  readonly #machine: Machine;
  readonly #class: ObjectClass;
  readonly #random: Random;
  #instance: Instance | null = null;
  /** What came so far that was written, and what of it is safe; both begin anew with each life. */
  #written = 0;
  #safe = 0;
  #life = 0;
  #lastSafeAt = 0;
  #held: Held[] = [];
  readonly #calls = new Set<Call>();
  #autoResponse: { request: string; response: string } | null = null;
  /** The process in which it was last alive. */
  #process: Actor | null = null;
  #isInAlarm = false;

  constructor(machine: Machine, objectClass: ObjectClass, id: string, name: string, random: Random) {
    this.#machine = machine;
    this.#class = objectClass;
    this.id = id;
    this.name = name;
    this.#random = random;
    this.disk.onWrite = () => {
      this.#written++;
      machine.wrote(this);
    };
    this.disk.onFailure = () => machine.wrote(this);
  }

  get isAwake(): boolean {
    return this.#instance !== null;
  }

  /** Calls a method, and answers when what it wrote until then is safe. */
  call(method: string, args: unknown[], answer: (result: unknown) => void, fail: (error: Error) => void): void {
    const call: Call = { reject: fail };
    this.#calls.add(call);
    // While what it wrote is not safe a reset is the answer.
    const end = (then: () => void) => {
      if (this.#calls.has(call)) this.gate(() => this.#calls.delete(call) && then());
    };
    const isRunning = this.#run(async (object) => {
      const deed = (object as unknown as Record<string, (...args: unknown[]) => unknown>)[method];
      if (deed === undefined) throw new Error(`the object has no method ${method}`);
      try {
        const result = await deed.apply(object, args);
        end(() => answer(result));
      } catch (error) {
        end(() => fail(error as Error));
      }
    });
    if (!isRunning && this.#calls.delete(call)) fail(new Error("the object could not be started"));
  }

  /** Sends now, or when everything that was written so far is safe. */
  readonly gate = (send: () => void): void => {
    if (this.#written === this.#safe && this.#held.length === 0) send();
    else this.#held.push({ need: this.#written, send });
  };

  /** The event that wrote something is over. */
  eventEnded(): void {
    const { timeline, process } = this.#machine;
    this.disk.eventEnded();
    if (this.disk.hasFailed) return this.abort();
    const [life, written] = [this.#life, this.#written];
    this.#lastSafeAt = Math.max(this.#lastSafeAt, timeline.now + this.#machine.commitLatency());
    timeline.after(this.#lastSafeAt - timeline.now, process, () => {
      if (life === this.#life) this.#becameSafe(written);
    });
  }

  /** The object is thrown away, with its sockets; what was not safe may be lost. */
  abort(): void {
    const total = this.disk.unsafe;
    const sure = total - (this.#written - this.#safe);
    // An event whose own write failed leaves nothing.
    const most = this.disk.hasFailed ? total - 1 : total;
    this.disk.crash(sure + this.#random.below(most - sure + 1));
    this.#written = this.#safe = 0;
    this.#life++;
    this.#held = [];
    if (this.#instance !== null) this.#instance.actor.isAlive = false;
    this.#instance = null;
    for (const socket of this.sockets) socket.break({ mine: false, peers: true }, this.#random.between(0, 20));
    this.sockets.clear();
    const calls = [...this.#calls];
    this.#calls.clear();
    for (const { reject } of calls)
      reject(Object.assign(new Error("the object was reset"), { retryable: this.#random.chance(0.5) }));
    if (this.#isInAlarm) {
      this.#isInAlarm = false;
      this.disk.alarm ??= this.#machine.clock + RETRY_ALARM;
      this.disk.eventEnded();
      this.disk.makeSafe();
      this.#written = this.#safe = 0;
    }
    this.armed();
  }

  /** Sees to it that the alarm that is set rings. */
  armed(late = 0): void {
    const { timeline, process, clock } = this.#machine;
    const { alarm } = this.disk;
    if (alarm === null) return;
    timeline.after(alarm - clock + late, process, () => {
      if (this.disk.alarm !== alarm) return;
      // Time has passed, and the clock may say otherwise: as workerd does, it waits for both.
      if (this.#machine.clock < alarm) this.armed();
      else this.#ring();
    });
  }

  /** Goes to sleep if nothing keeps it awake. */
  sleep(): void {
    const isBusy = this.#calls.size > 0 || this.disk.unsafe > 0 || (this.#instance?.actor.timers ?? 0) > 0;
    if (this.#instance === null || isBusy) return;
    this.#instance.actor.isAlive = false;
    this.#instance = null;
  }

  /** The process is gone, and all that was in memory. */
  died(): void {
    this.abort();
  }

  wipe(): void {
    this.abort();
    this.disk.wipe();
  }

  #becameSafe(written: number): void {
    this.#safe = written;
    if (this.#safe === this.#written) this.disk.makeSafe();
    while (this.#held[0] !== undefined && this.#held[0].need <= this.#safe) this.#held.shift()?.send();
  }

  #ring(): void {
    this.#isInAlarm = true;
    this.disk.alarm = null;
    this.#run((object) => object.alarm());
    this.#machine.afterStep(() => {
      this.#isInAlarm = false;
    });
  }

  /** Runs an event in the object, which is made first if there is none. False: that failed. */
  #run(event: (object: DurableObject) => unknown): boolean {
    const { timeline } = this.#machine;
    timeline.unsettle();
    try {
      this.#instance ??= this.#wake();
    } catch (error) {
      this.#machine.failed(error, `${this.name}: could not be made`);
      this.abort();
      return false;
    }
    timeline.current = this.#instance.actor;
    try {
      const result = event(this.#instance.object);
      if (result instanceof Promise) result.catch((error) => this.#machine.failed(error, this.name));
    } catch (error) {
      this.#machine.failed(error, this.name);
    }
    return true;
  }

  #wake(): Instance {
    const machine = this.#machine;
    const actor = new Actor(this.name);
    machine.timeline.current = actor;
    machine.owns(actor, this);
    if (this.#process !== machine.process) machine.joins(this);
    this.#process = machine.process;
    return { actor, object: new this.#class(this.#context(actor), machine.env) };
  }

  #context(actor: Actor) {
    const { disk } = this;
    // Of one that was thrown away nothing reaches the disk any more.
    const ifAlive = <T>(act: () => T): T => {
      if (!actor.isAlive) throw new DiskFailure("the object was thrown away");
      return act();
    };
    return {
      id: { name: this.name, toString: () => this.id },
      storage: {
        sql: {
          exec: (statement: string, ...values: (string | number | null)[]) => ({
            toArray: () => ifAlive(() => disk.exec(statement, ...values)),
          }),
        },
        deleteAll: async () => ifAlive(() => disk.deleteAll()),
        transactionSync: <T>(work: () => T) => ifAlive(() => disk.transaction(work)),
        getAlarm: async () => disk.alarm,
        setAlarm: async (at: number) => {
          if (!actor.isAlive) return;
          disk.alarm = at;
          this.armed(this.#machine.alarmDelay());
        },
      },
      // Nothing that is done so takes time here.
      blockConcurrencyWhile: <T>(work: () => Promise<T>) => work(),
      abort: () => {
        if (!actor.isAlive) return;
        this.abort();
      },
      acceptWebSocket: (socket: SimulatedSocket) => this.#accept(socket),
      getWebSockets: () => [...this.sockets],
      setWebSocketAutoResponse: (pair: { request: string; response: string }) => {
        this.#autoResponse = pair;
      },
      getWebSocketAutoResponseTimestamp: ({ answeredAt }: SimulatedSocket) =>
        answeredAt === null ? null : new Date(answeredAt),
    };
  }

  #accept(socket: SimulatedSocket): void {
    const { process } = this.#machine;
    this.sockets.add(socket);
    socket.actor = process;
    socket.gate = this.gate;
    socket.tellsUnsent = this.#machine.tellsUnsent;
    socket.listen({
      message: (data) => {
        if (!this.sockets.has(socket)) return;
        if (data === this.#autoResponse?.request) {
          socket.answeredAt = this.#machine.clock;
          socket.transmit(this.#autoResponse.response);
        } else this.#run((object) => object.webSocketMessage(socket, data));
      },
      closing: () => {
        if (this.sockets.has(socket)) this.#run(() => {});
      },
      close: (code, reason, clean) => {
        if (!this.sockets.has(socket)) return;
        if (socket.readyState === SimulatedSocket.CLOSED) {
          this.sockets.delete(socket);
          return;
        }
        this.#run((object) => object.webSocketClose(socket, code, reason, clean));
        this.sockets.delete(socket);
      },
    });
  }
}
