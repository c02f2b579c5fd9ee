import { onTestFinished } from "vitest";
import { RelayObject } from "../../../src/object/relay-object.ts";
import { RoomObject } from "../../../src/object/room-object.ts";
import { UserObject } from "../../../src/object/user-object.ts";
import type { Channel } from "./channel.ts";

/** What a room asks a user's object, and what that asks a room. */
type ToUser = "enter" | "left" | "tokensBefore" | "presence" | "deliver";
type ToRoom = "revoke" | "whereabouts" | "count" | "link" | "up" | "logBefore" | "page";

export interface Call {
  readonly args: readonly unknown[];
  /** Lets it through to the object. */
  proceed(): Promise<unknown>;
}
type Handler = (call: Call) => Promise<unknown>;

/** The calls of one kind to an object, in a test's hand until its end, or until they are let go. */
export interface Intercepted {
  /** How many came so far. */
  readonly count: number;
  letGo(): void;
}

type Method = (this: { ctx: DurableObjectState }, ...args: unknown[]) => Promise<unknown>;
/** Who has which calls in hand, by their names and channels: the latest first. */
const hands: { name: string; channel: Channel; handler: Handler }[] = [];
const patched = new Set<string>();

/** Makes an object's method ask whoever has its calls in hand. */
function patch(kind: Channel["kind"], name: ToUser | ToRoom): void {
  if (patched.has(`${kind}.${name}`)) return;
  patched.add(`${kind}.${name}`);
  const { prototype } = kind === "room" ? RoomObject : kind === "user" ? UserObject : RelayObject;
  const methods = prototype as unknown as Record<string, Method>;
  const original = methods[name] as Method;
  methods[name] = function (...args) {
    const proceed = () => original.apply(this, args);
    const isOurs = (hand: (typeof hands)[number]) =>
      hand.name === name && hand.channel.kind === kind && hand.channel.id === this.ctx.id.name;
    return hands.find(isOurs)?.handler({ args, proceed }) ?? proceed();
  };
}

/** Answers the calls of that name to the channel's object instead of it. */
export function intercept(channel: Channel, name: ToUser | ToRoom, handler: Handler): Intercepted {
  patch(channel.kind, name);
  let count = 0;
  const counting: Handler = (call) => {
    count++;
    return handler(call);
  };
  const hand = { name, channel, handler: counting };
  hands.unshift(hand);
  const letGo = () => {
    if (hands.includes(hand)) hands.splice(hands.indexOf(hand), 1);
  };
  onTestFinished(letGo);
  return {
    get count() {
      return count;
    },
    letGo,
  };
}

/** Makes every call of that name fail, as if the object could not be reached. */
export function cutOff(channel: Channel, name: ToUser | ToRoom): Intercepted {
  return intercept(channel, name, async () => {
    throw new Error("made by a test: unreachable");
  });
}

/** Calls that wait: for leave to begin, or with their answer. */
export interface Held extends Intercepted {
  /** How many wait now. */
  readonly waiting: number;
  release(): void;
}

/** Holds every call of that name before it reaches the object, or (`answer`) its answer on the way back. */
export function hold(channel: Channel, name: ToUser | ToRoom, what: "call" | "answer"): Held {
  const { promise, resolve } = Promise.withResolvers<void>();
  let waiting = 0;
  const wait = async () => {
    waiting++;
    await promise;
    waiting--;
  };
  const intercepted = intercept(channel, name, async ({ proceed }) => {
    if (what === "call") await wait();
    const answer = await proceed();
    if (what === "answer") await wait();
    return answer;
  });
  return {
    get count() {
      return intercepted.count;
    },
    get waiting() {
      return waiting;
    },
    letGo: intercepted.letGo,
    release: () => {
      intercepted.letGo();
      resolve();
    },
  };
}
