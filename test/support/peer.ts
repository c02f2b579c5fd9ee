import { receive } from "../../src/core/receive.ts";
import type { Session } from "../../src/core/session.ts";
import type { EventBlock } from "./event-blocks.ts";
import type { FakeSubscriber } from "./fake-subscriber.ts";
import type { TestChannel } from "./test-channel.ts";

/** One connection to a `TestChannel`, and what its client does with it. */
export class Peer {
  readonly subscriber: FakeSubscriber;
  /** A new one after each sleep of the object. */
  session: Session;
  readonly #world: TestChannel;

  constructor(world: TestChannel, subscriber: FakeSubscriber, session: Session) {
    this.#world = world;
    this.subscriber = subscriber;
    this.session = session;
  }

  get isOpen(): boolean {
    return this.subscriber.closed === null;
  }

  /** Sends a frame: an object as JSON, or what is given. */
  send(frame: object | string | ArrayBuffer): void {
    const text = typeof frame === "string" || frame instanceof ArrayBuffer ? frame : JSON.stringify(frame);
    this.#world.turn(({ channel }) => {
      if (channel.sessions.has(this.session)) receive(channel, this.session, text, this.#world.now);
    });
  }

  /** A heartbeat: the runtime answers it, and the object sleeps on. */
  ping(): void {
    this.subscriber.heartbeatAt = this.#world.now;
  }

  /** The reader of an event stream has taken what it had. */
  pull(): void {
    this.#world.turn(({ channel }) => {
      if (channel.sessions.has(this.session)) channel.pull(this.session, this.#world.now);
    });
  }

  /** The connection ends from this side: 1000 is a leave, anything else is not. */
  close(code = 1006): void {
    this.#world.turn(({ channel }) => channel.closed(this.session, code === 1000, this.#world.now));
    this.subscriber.close(code, "");
  }

  /** The frames since the last call. */
  // biome-ignore lint/suspicious/noExplicitAny: a test states what it expects in them
  news(): any[] {
    return this.subscriber.news();
  }

  /** The same, as the events that they are. */
  events(): EventBlock[] {
    return this.subscriber.events();
  }
}
