/** How a client reads what it is sent, by what it holds: a socket, a stream of events, or one poll. */
import { MORE } from "../../../../src/core/pull.ts";
import type { Session } from "../../../../src/core/session.ts";
import type { GapFrame, MessagesFrame, ServerFrame } from "../../../../src/protocol/frames.ts";
import { PollAnswer } from "../../../../src/transport/poll-answer.ts";
import { type EventBlock, eventBlocks } from "../../../support/event-blocks.ts";
import type { Position } from "./chain.ts";

type Read = MessagesFrame | GapFrame;

export class Reader {
  readonly #session: Session;
  /** What is being put together for the poll; null: nobody waits for it. */
  #answer: PollAnswer | null = null;
  /** Whether the object waits to be asked for the next page. */
  hasMore = false;

  /** @param after where the client said that it was */
  constructor(session: Session, after: Position | null) {
    this.#session = session;
    if (session.transport === "poll") this.#answer = new PollAnswer(after, session.connection);
  }

  /** What was sent at once, frame by frame. */
  decode(text: string): ServerFrame[] {
    if (this.#session.view === "frames") return [JSON.parse(text)];
    if (text !== MORE) return eventBlocks(text).map((block) => frameOf(block));
    this.hasMore = true;
    return [];
  }

  /** The frame has arrived. Answers what the client gets of it now. */
  take(frame: ServerFrame): Read[] {
    if (frame.type !== "messages" && frame.type !== "gap") {
      if (this.#answer !== null) this.#answer.take(JSON.stringify(frame));
      return [];
    }
    if (this.#session.transport !== "poll") return [frame];
    this.#answer?.take(JSON.stringify(frame));
    return [];
  }

  /** The client has gone on to another poll. */
  abandon(): void {
    this.#answer = null;
  }

  /** The poll is over. Answers what the client gets of it; null: nothing. */
  answer(): { frames: Read[]; cursor: string } | null {
    if (!(this.#answer?.isReady || this.#answer?.isLive)) return null;
    const { messages, gap, cursor } = JSON.parse(this.#answer.toJson());
    const frames: Read[] = gap === null ? [] : [{ ...gap, type: "gap" }];
    return { frames: messages.length === 0 ? frames : [...frames, { type: "messages", messages }], cursor };
  }
}

/** The frame that an event would have been. The place it names must be the one after it. */
function frameOf({ name, id, data }: EventBlock): ServerFrame {
  const value = JSON.parse(data ?? "");
  const isPlaced = (place: string | undefined) => {
    if ((id ?? undefined) !== place) throw new Error(`SSE-2: the id of ${name} is ${id}, not ${place}`);
  };
  switch (name) {
    case "message":
      if (id?.split("-")[1] !== String(value.seq)) throw new Error(`SSE-2: the id of ${value.seq} is ${id}`);
      return { type: "messages", messages: [value] };
    case "signal":
      isPlaced(undefined);
      return { type: "signals", signals: [value] };
    case "welcome":
      isPlaced(value.resume === "live" ? value.cursor : undefined);
      return { ...value, type: name };
    case "gap":
      isPlaced(value.cursor ?? value.oldest.replace(/[0-9]+$/, (seq: string) => String(Number(seq) - 1)));
      return { ...value, type: name };
    case "presence":
      isPlaced(undefined);
      return { ...value, type: name };
    default:
      throw new Error(`SSE-2: there is no event ${name}`);
  }
}
