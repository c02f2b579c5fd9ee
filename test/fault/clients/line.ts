/** A connection as its client has it, over whichever transport: frames, signs of life, and an end. */
import { eventBlocks } from "../../support/event-blocks.ts";
import type { Frame } from "../../support/frames.ts";
import { rawElements } from "../../support/raw-json.ts";
import type { Answer, Living, Network, Socket } from "./network.ts";

export type TransportName = "ws" | "sse" | "poll";

export interface LineHandler {
  /** @param texts of its messages, as they came */
  frame(frame: Frame, texts: readonly string[]): void;
  /** The transport says where the reader stands. */
  at(cursor: string): void;
  /** Something else came. */
  sign(): void;
  over(code: number): void;
}

export interface Line {
  /** Null: it cannot send. */
  readonly send: ((text: string) => void) | null;
  /** Ends it from this side: with a Close frame of `code`, or (1006) without a word. */
  close(code: number): void;
  /** Nothing comes through any more, and nobody is told. */
  blacken(): void;
  /** Nothing is read for so long, ms. */
  stall(ms: number): void;
}

export interface Place<Actor extends Living = Living> {
  readonly network: Network<Actor>;
  readonly client: Actor;
  readonly token: string;
  /** `/v1/rooms/lobby` */
  readonly base: string;
  readonly query: Readonly<Record<string, string>>;
}

export function openLine<Actor extends Living>(
  transport: TransportName,
  place: Place<Actor>,
  handler: LineHandler,
): Line {
  if (transport === "ws") return overWebSocket(place, handler);
  return transport === "sse" ? overEvents(place, handler) : overPoll(place, handler);
}

function askFor({ base, token, query }: Place, name: string) {
  return { method: "GET", path: `${base}/${name}?${new URLSearchParams(query)}`, token };
}

/** 4 + the status; without an answer the connection just broke. */
function codeOf(answer: Answer | null): number {
  return answer === null ? 1006 : 4000 + answer.status;
}

function overWebSocket<Actor extends Living>(place: Place<Actor>, handler: LineHandler): Line {
  let socket: Socket | null = null;
  let isOver = false;
  const over = (code: number) => {
    if (isOver) return;
    isOver = true;
    handler.over(code);
  };
  const begun = place.network.connect(place.client, askFor(place, "connect"), (opened, answer) => {
    if (opened === null) return over(codeOf(answer));
    socket = opened;
    opened.listen({
      message: (data) => {
        if (isOver) return;
        if (data === "pong") return handler.sign();
        const frame = JSON.parse(data) as Frame;
        handler.frame(frame, frame.type === "messages" ? rawElements(data, "messages") : []);
      },
      close: over,
    });
  });
  return {
    send: (text) => {
      if (!isOver) socket?.send(text);
    },
    close: (code) => {
      begun.cut();
      if (code === 1006) socket?.cut();
      else socket?.close(code);
      over(code);
    },
    blacken: () => {
      if (socket === null) begun.cut();
      else socket.blacken();
    },
    stall: (ms) => socket?.stall(ms),
  };
}

function overEvents<Actor extends Living>(place: Place<Actor>, handler: LineHandler): Line {
  let [isOver, isBlack, rest] = [false, false, ""];
  const over = (code: number) => {
    if (isOver) return;
    isOver = true;
    handler.over(code);
  };
  const stream = place.network.stream(place.client, askFor(place, "events"), {
    chunk: (text) => {
      if (isOver || isBlack) return;
      handler.sign();
      const all = rest + text;
      const end = all.lastIndexOf("\n\n");
      const blocks = end < 0 ? "" : all.slice(0, end + 2);
      rest = all.slice(blocks.length);
      for (const block of eventBlocks(blocks)) {
        if (isOver) return;
        if (block.data === null) continue;
        const value = JSON.parse(block.data);
        if (block.name === "end") return over(value.code);
        if (block.name === "message") handler.frame({ type: "messages", messages: [value] }, [block.data]);
        else handler.frame({ ...value, type: block.name }, []);
        if (block.id !== null) handler.at(block.id);
      }
    },
    over: () => {
      if (!isBlack) over(1006);
    },
    refused: (answer) => over(codeOf(answer)),
  });
  return {
    send: null,
    close: (code) => {
      stream.cut();
      over(code);
    },
    blacken: () => {
      isBlack = true;
      stream.blacken();
    },
    stall: (ms) => stream.stall(ms),
  };
}

/** One poll is one connection. */
function overPoll<Actor extends Living>(place: Place<Actor>, handler: LineHandler): Line {
  let [isOver, isBlack] = [false, false];
  const over = (code: number) => {
    if (isOver) return;
    isOver = true;
    handler.over(code);
  };
  const begun = place.network.ask(place.client, askFor(place, "poll"), (answer) => {
    if (isOver || isBlack) return;
    if (answer?.status !== 200) return over(codeOf(answer));
    const { messages, gap, cursor, connection } = JSON.parse(answer.text);
    if (gap !== null) handler.frame({ ...gap, type: "gap" }, []);
    // One who asked where the head is may be told of messages that came since.
    const [first] = messages as { seq: number }[];
    if (first !== undefined && place.query.after === undefined) handler.at(`${cursor.split("-")[0]}-${first.seq - 1}`);
    if (first !== undefined) handler.frame({ type: "messages", messages }, rawElements(answer.text, "messages"));
    handler.at(cursor);
    handler.frame({ type: "poll", connection }, []);
    over(1001);
  });
  return {
    send: null,
    close: (code) => {
      begun.cut();
      over(code);
    },
    blacken: () => {
      isBlack = true;
    },
    stall: () => {},
  };
}
