/** The machine that the service runs on: one process, in which the edge and all objects are, and the disks that outlive it. */

import type { Random } from "../random.ts";
import { type DurableObject, type ObjectClass, ObjectHost } from "./object-host.ts";
import { Actor, type Timeline } from "./timeline.ts";
import type { SimulatedSocket } from "./web-socket.ts";
import type { Worker } from "./worker.ts";

export type RuntimeResponse = Response & { readonly webSocket?: SimulatedSocket };

/** Faults of the platform that may happen at any time; each a probability. */
export interface Weather {
  /** A call between objects, or of the edge, does not arrive; or its answer does not. */
  lostCalls: number;
  /** A commit takes up to this long, ms. */
  slowestCommit: number;
  /** An alarm comes up to this much too late, ms. */
  latestAlarm: number;
}

export class Machine {
  readonly timeline: Timeline;
  readonly env: Record<string, unknown>;
  readonly weather: Weather;
  readonly hosts = new Map<string, ObjectHost>();
  tellsUnsent = true;
  process = new Actor("process");
  isUp = true;
  /** ms by which its clock is wrong. */
  skew = 0;
  readonly #random: Random;
  readonly #worker: Worker;
  readonly #name: string;
  readonly #hostOf = new WeakMap<Actor, ObjectHost>();
  readonly #actors = new Set<Actor>();
  readonly #wrote = new Set<ObjectHost>();
  #afterStep: (() => void)[] = [];
  #began: number | null = null;
  /** What went wrong in the service and should not have. */
  readonly errors: string[] = [];

  constructor(worker: Worker, timeline: Timeline, random: Random, variables: object, name: string, weather: Weather) {
    this.#worker = worker;
    this.timeline = timeline;
    this.#random = random;
    this.#name = name;
    this.weather = weather;
    this.env = {
      ...variables,
      ROOMS: this.#namespace("room", worker.RoomObject),
      USERS: this.#namespace("user", worker.UserObject),
      RELAYS: this.#namespace("relay", worker.RelayObject),
    };
  }

  /** What its clock says, ms. Only time itself goes on evenly. */
  get clock(): number {
    return Math.floor(this.timeline.now + this.skew);
  }

  /** A request comes to the edge. Answers who serves it, and is gone with the process. */
  serve(request: Request, answer: (response: RuntimeResponse) => void): Actor {
    const edge = new Actor("edge");
    this.#actors.add(edge);
    this.timeline.current = edge;
    this.timeline.unsettle();
    this.#worker.default
      .fetch(request, this.env, { waitUntil: () => {} })
      .then(answer, (error) => this.failed(error, "edge"));
    return edge;
  }

  // ---- what the objects' hosts need

  commitLatency(): number {
    const { slowestCommit } = this.weather;
    return this.#random.chance(0.1) ? this.#random.between(0, slowestCommit) : this.#random.between(0.1, 2);
  }

  alarmDelay(): number {
    return this.#random.chance(0.2) ? this.#random.between(0, this.weather.latestAlarm) : 0;
  }

  wrote(host: ObjectHost): void {
    this.#wrote.add(host);
  }

  owns(actor: Actor, host: ObjectHost): void {
    this.#hostOf.set(actor, host);
    this.#actors.add(actor);
  }

  /** An object is made for the first time in this process. */
  joins({ id }: ObjectHost): void {
    this.#began ??= this.clock;
    this.#worker.losesConnections(id, this.#began);
  }

  afterStep(act: () => void): void {
    this.#afterStep.push(act);
  }

  /** Called when an event and all that followed from it is over. */
  readonly stepEnded = (): void => {
    for (const host of this.#wrote) host.eventEnded();
    this.#wrote.clear();
    const acts = this.#afterStep;
    this.#afterStep = [];
    for (const act of acts) act();
  };

  failed(error: unknown, where: string): void {
    if (error instanceof Error && error.name === "DiskFailure") return;
    this.errors.push(`${where}: ${error instanceof Error ? error.stack : error}`);
  }

  /** The channel's own object and, of a room, its relays, as far as they have ever been there. */
  nodesOf(channel: string): ObjectHost[] {
    const id = channel.slice(channel.indexOf(":") + 1);
    const isNode = (key: string) =>
      key === channel || (channel.startsWith("room:") && key.startsWith("relay:") && key.endsWith(`/${id}`));
    return [...this.hosts].flatMap(([key, host]) => (isNode(key) ? [host] : []));
  }

  // ---- faults

  /** `kill -9`. What was not safe may be there or not. */
  kill(): void {
    this.process.isAlive = false;
    for (const actor of this.#actors) actor.isAlive = false;
    this.#actors.clear();
    this.isUp = false;
    this.process = new Actor("process");
    this.#began = null;
    for (const host of this.hosts.values()) {
      host.died();
      this.#worker.plans.delete(host.name);
    }
  }

  start(): void {
    this.isUp = true;
    for (const host of this.hosts.values()) host.armed();
  }

  /** The run is over. */
  release(): void {
    this.kill();
    for (const { disk } of this.hosts.values()) disk.release();
  }

  #namespace(kind: string, objectClass: ObjectClass) {
    return {
      getByName: (name: string) => {
        const key = `${kind}:${name}`;
        let host = this.hosts.get(key);
        if (host === undefined) {
          host = new ObjectHost(this, objectClass, `${this.#name} ${key}`, name, this.#random);
          this.hosts.set(key, host);
        }
        return this.#stub(host);
      },
    };
  }

  #stub(host: ObjectHost) {
    const call =
      (method: string) =>
      (...args: unknown[]) =>
        this.#call(host, method, args);
    return new Proxy({} as DurableObject, {
      get: (_, method: string) =>
        method === "fetch"
          ? (url: string, init: RequestInit) => this.#call(host, "fetch", [new Request(url, init)])
          : call(method),
    });
  }

  /** From whoever acts now to an object and back, each way takes a while. */
  #call(host: ObjectHost, method: string, args: unknown[]): Promise<unknown> {
    const { timeline, process } = this;
    const caller = timeline.current;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const copied = method === "fetch" ? args : (structuredClone(args) as unknown[]);
    const after = (settle: () => void) =>
      timeline.after(this.#random.between(0.2, 5), caller, () => {
        timeline.unsettle();
        settle();
      });
    const lose = () =>
      after(() => reject(Object.assign(new Error("the connection to the object was lost"), { retryable: true })));
    const own = this.#hostOf.get(caller);
    const isLost = () => {
      const isCutOff = own !== undefined && timeline.now < Math.max(own.cutOffUntil, host.cutOffUntil);
      return isCutOff || this.#random.chance(this.weather.lostCalls / 2);
    };
    const go = () => {
      // Where nothing arrives any more something may still be on its way.
      if (isLost() && !this.#random.chance(0.1)) return lose();
      timeline.after(this.#random.between(0.2, 5), process, () =>
        host.call(
          method,
          copied,
          (result) => (isLost() ? lose() : after(() => resolve(result))),
          (error) => after(() => reject(error)),
        ),
      );
    };
    // Of an object that was thrown away nothing leaves any more.
    if (!caller.isAlive) return promise;
    // What an object asks of another waits, too, until what it wrote is safe.
    if (own === undefined) go();
    else own.gate(go);
    return promise;
  }
}
