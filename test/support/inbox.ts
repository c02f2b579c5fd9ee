import { expect } from "vitest";
import type { Seen } from "./chain.ts";
import { cursorOf, type Frame, type Message, positionOf, type Welcome } from "./frames.ts";

/** A message, and where its reader stood after it. */
type Placed = Pick<Seen, "message" | "cursor">;

/** An event as every EventSource hands it over. */
export interface HandedEvent {
  type: string;
  data: string;
  lastEventId: string;
}

/** What a client that nobody here wrote has handed over so far, over all its connections. */
export class Inbox {
  readonly received: Placed[] = [];
  /** Frames and events that say that something is gone. */
  readonly gaps: string[] = [];
  /** How often it was told that it is connected. */
  welcomes = 0;
  /** How often it noticed that it no longer is. */
  cuts = 0;
  /** Where it is: what a client that comes back by itself has to say. */
  cursor: string | undefined;

  /** One text frame of a WebSocket. */
  takeFrame(text: string): void {
    const frame: Frame = JSON.parse(text);
    if (frame.type === "welcome") this.#welcome(frame as Welcome);
    if (frame.type === "gap") this.gaps.push(text);
    if (frame.type === "messages") this.#takeMessages(frame.messages as Message[]);
  }

  takeEvent({ type, data, lastEventId }: HandedEvent): void {
    const value = JSON.parse(data);
    if (type === "welcome") this.#welcome(value);
    if (type === "gap") this.gaps.push(data);
    if (type !== "message") return;
    this.cursor = lastEventId;
    this.received.push({ message: value, cursor: lastEventId });
  }

  /** The body of an answer to a poll. */
  takeAnswer(text: string): void {
    const { messages, cursor, gap }: { messages: Message[]; cursor: string; gap: unknown } = JSON.parse(text);
    if (this.cursor === undefined) this.welcomes++;
    if (gap !== null) this.gaps.push(text);
    this.cursor ??= cursor;
    this.#takeMessages(messages);
    // Where the answer says one is must be where its last message is.
    this.gaps.push(...(this.cursor === cursor ? [] : [`${cursor} after ${this.cursor}`]));
  }

  /** Checks that all of the log is here, each message once and in order, and that nothing was said to be missing. */
  expectExactly(log: readonly Placed[]): void {
    expect(this.gaps).toEqual([]);
    expect(this.received.map(({ cursor }) => cursor)).toEqual(log.map(({ cursor }) => cursor));
    expect(this.received.map(({ message }) => message)).toEqual(log.map(({ message }) => message));
  }

  #welcome({ resume, cursor }: Welcome): void {
    this.welcomes++;
    if (resume === "live") this.cursor = cursor;
  }

  #takeMessages(messages: Message[]): void {
    for (const message of messages) {
      this.cursor = cursorOf({ epoch: positionOf(this.cursor ?? "").epoch, seq: message.seq });
      this.received.push({ message, cursor: this.cursor });
    }
  }
}
