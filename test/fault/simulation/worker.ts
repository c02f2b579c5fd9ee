/**
 * The service itself, as it is deployed, in a world of its own: the names of the runtime that it uses are put in its way
 * here. Clock, timers and chance are those of the run that is going on.
 */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { registerHooks } from "node:module";
import type { Random } from "../random.ts";
import type { ObjectClass } from "./object-host.ts";
import { Actor, Timeline } from "./timeline.ts";
import { type Link, type SimulatedSocket, SimulatedSocket as Socket, socketPair } from "./web-socket.ts";

export interface Worker {
  readonly default: { fetch(request: Request, env: object, context: object): Promise<Response> };
  readonly RoomObject: ObjectClass;
  readonly UserObject: ObjectClass;
  readonly RelayObject: ObjectClass;
  losesConnections(id: string, now: number): void;
  /** What its process remembers of rooms' relays. */
  readonly plans: { delete(room: string): void };
}

/** The run that is going on. */
export interface World {
  readonly timeline: Timeline;
  readonly random: Random;
  /** What the clock on the wall says, ms. */
  clock(): number;
  /** The link of the next pair of sockets. */
  link(): Link;
  log(line: string): void;
}

let world: World | null = null;
let loaded: Promise<Worker> | null = null;

/** From now on the service lives in that world. */
export function enter(next: World): void {
  world = next;
}

export function loadWorker(): Promise<Worker> {
  loaded ??= load();
  return loaded;
}

async function load(): Promise<Worker> {
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === "cloudflare:workers" ? { url: RUNTIME_MODULE, shortCircuit: true } : next(specifier, context),
  });
  // Not by name: its types are the runtime's, not Node's.
  const at = (path: string) => import(new URL(`../../../src/${path}`, import.meta.url).href);
  const [worker, lives, { plans }] = [
    await at("worker.ts"),
    await at("object/lives.ts"),
    await at("transport/dial.ts"),
  ];
  putInTheWay();
  return { ...worker, plans, losesConnections: lives.losesConnections };
}

const RUNTIME_MODULE = `data:text/javascript,${encodeURIComponent(`
  export class DurableObject { constructor(ctx, env) { this.ctx = ctx; this.env = env; } }
  export class WorkerEntrypoint extends DurableObject {}`)}`;

function here(): World {
  return world as World;
}

function putInTheWay(): void {
  const { Response: NodeResponse } = globalThis;
  class RuntimeResponse extends NodeResponse {
    constructor(
      body?: ConstructorParameters<typeof NodeResponse>[0],
      init?: ResponseInit & { webSocket?: SimulatedSocket },
    ) {
      if (init?.webSocket === undefined) super(body, init);
      else {
        super(null, { ...(init.headers && { headers: init.headers }), status: 200 });
        Object.defineProperties(this, { status: { value: 101 }, webSocket: { value: init.webSocket } });
      }
    }
  }
  class WebSocketPair {
    0: SimulatedSocket;
    1: SimulatedSocket;
    constructor() {
      [this[0], this[1]] = socketPair(here().timeline, here().link());
    }
  }
  class CloseEvent {
    readonly code: number;
    readonly reason = "";
    constructor(_: string, { code }: { code: number }) {
      this.code = code;
    }
  }
  const replaced = {
    Response: RuntimeResponse,
    WebSocket: Socket,
    WebSocketPair,
    WebSocketRequestResponsePair: class {
      readonly request: string;
      readonly response: string;
      constructor(request: string, response: string) {
        this.request = request;
        this.response = response;
      }
    },
    CloseEvent,
    crypto: seededCrypto(),
    // A timer comes a little late, and things happen before it.
    setTimeout: (act: () => void, ms = 0) => here().timeline.setTimer(act, ms + here().random.between(0, 3), false),
    setInterval: (act: () => void, ms = 0) => here().timeline.setTimer(act, ms, true),
    clearTimeout: clearTimer,
    clearInterval: clearTimer,
  };
  for (const [name, value] of Object.entries(replaced))
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  Date.now = () => here().clock();
  Math.random = () => here().random.fraction();
  console.log = (line: string) => here().log(line);
  console.error = (line: string) => here().log(line);
}

function clearTimer(number: number | null | undefined): void {
  if (typeof number === "number") here().timeline.clearTimer(number);
}

/** An HMAC key. */
interface Key {
  readonly secret: Uint8Array;
  readonly type: "secret";
  readonly algorithm: { readonly name: "HMAC"; readonly hash: { readonly name: "SHA-256" } };
  readonly usages: readonly string[];
}

/** What the service uses of Web Crypto, without a thread pool: its answers come at once, and always in the same order. */
function seededCrypto() {
  const hmac = ({ secret }: Key, data: Uint8Array) => createHmac("sha256", secret).update(data).digest();
  return {
    getRandomValues: (bytes: Uint8Array) => {
      for (let index = 0; index < bytes.length; index++) bytes[index] = here().random.below(256);
      return bytes;
    },
    randomUUID: () => `${here().random.text(8)}-${here().random.text(12)}`,
    subtle: {
      digest: async (_: string, data: Uint8Array) => new Uint8Array(createHash("sha256").update(data).digest()).buffer,
      importKey: async (_: string, secret: Uint8Array, __: object, ___: boolean, usages: string[]): Promise<Key> => ({
        ...{ secret: Uint8Array.from(secret), type: "secret", usages },
        algorithm: { name: "HMAC", hash: { name: "SHA-256" } },
      }),
      sign: async (_: unknown, key: Key, data: Uint8Array) => new Uint8Array(hmac(key, data)).buffer,
      verify: async (_: unknown, key: Key, signature: Uint8Array, data: Uint8Array) =>
        hmac(key, data).equals(signature),
      timingSafeEqual: (a: ArrayBuffer, b: ArrayBuffer) => timingSafeEqual(new Uint8Array(a), new Uint8Array(b)),
    },
  };
}

/** A clock that begins at some day, and nobody who acts. */
export function newTimeline(): Timeline {
  return new Timeline(1_764_000_000_000, new Actor("nobody"));
}
