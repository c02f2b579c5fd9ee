/** A connection as its client has it, over whichever transport: frames, signs of life, and an end. */
import { eventBlocks } from "../../support/event-blocks.ts";
import type { Frame } from "../../support/frames.ts";
import { rawElements } from "../../support/raw-json.ts";
import type { Answer, Network } from "./network.ts";
import type { Actor } from "./timeline.ts";
import type { SimulatedSocket } from "./web-socket.ts";

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

export interface Place {
  readonly network: Network;
  readonly client: Actor;
  readonly token: string;
  /** `/v1/rooms/lobby` */
  readonly base: string;
  readonly query: Readonly<Record<string, string>>;
  readonly now: () => number;
}

export function openLine(transport: TransportName, place: Place, handler: LineHandler): Line {
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

function overWebSocket(place: Place, handler: LineHandler): Line {
  let socket: SimulatedSocket | null = null;
  let isOver = false;
  const over = (code: number) => {
    if (isOver) return;
    isOver = true;
    handler.over(code);
  };
  const begun = place.network.connect(place.client, askFor(place, "connect"), (opened, answer) => {
    if (opened === null) return over(codeOf(answer));
    socket = opened;
    socket.actor = place.client;
    socket.listen({
      message: (data) => {
        if (isOver) return;
        if (data === "pong") return handler.sign();
        const frame = JSON.parse(data as string) as Frame;
        handler.frame(frame, frame.type === "messages" ? rawElements(data as string, "messages") : []);
      },
      close: (code, _, clean) => {
        if (clean) opened.close(code);
        over(code);
      },
    });
  });
  return {
    send: (text) => {
      if (!isOver && socket?.readyState === 1) socket.send(text);
    },
    close: (code) => {
      begun.cut();
      if (code === 1006) socket?.break({ mine: false, peers: true }, place.network.latency());
      else if (socket?.readyState === 1) socket.close(code);
      over(code);
    },
    blacken: () => {
      if (socket === null) begun.cut();
      else socket.link.isBlack = true;
    },
    stall: (ms) => {
      if (socket !== null) socket.link.stalledUntil = place.now() + ms;
    },
  };
}

function overEvents(place: Place, handler: LineHandler): Line {
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
      const whole = (rest + text).lastIndexOf("\n\n") + 2;
      const blocks = (rest + text).slice(0, Math.max(0, whole));
      rest = (rest + text).slice(Math.max(0, whole));
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
function overPoll(place: Place, handler: LineHandler): Line {
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
