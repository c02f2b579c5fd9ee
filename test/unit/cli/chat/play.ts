import { expect } from "vitest";
import { step } from "../../../../src/cli/chat/chat.ts";
import { type Action, type Chat, type ChatOptions, type Happening, newChat } from "../../../../src/cli/chat/state.ts";
import type { AckFrame, ErrorFrame, GapFrame, Member, WelcomeFrame } from "../../../../src/protocol/frames.ts";

export const EPOCH = "k3f9x2ab";
export const HEARTBEAT = { every: 30_000, timeout: 100_000 };

/** One line of a play: at so many ms this happens, and exactly that is done. */
export type Row = [at: number, happening: Happening, actions: Action[]];

/** Plays the rows from a new chat on; random numbers are all 1. Returns what the chat then knows. */
export function play(rows: Row[], options: Partial<ChatOptions> = {}): Chat {
  let chat = newChat({ rewind: 10, after: null, canRenewToken: true, ...options });
  for (const [index, [now, happening, actions]] of rows.entries()) {
    const next = step(chat, happening, { now, random: 1 });
    expect(next.actions, `row ${index}, at ${now} ms`).toEqual(actions);
    chat = next.chat;
  }
  return chat;
}

// ---- what happens

export const tick: Happening = { type: "tick" };
export const quit: Happening = { type: "quit" };
export const endOfInput: Happening = { type: "end-of-input" };
export const line = (text: string, id: string): Happening => ({ type: "line", text, id });
export const close = (code: number, reason = ""): Happening => ({ type: "close", code, reason });
export const frame = (value: object): Happening => ({ type: "frame", text: JSON.stringify(value) });
export const text = (value: string): Happening => ({ type: "frame", text: value });

export const welcome = (fields: Partial<WelcomeFrame> = {}): Happening =>
  frame({
    type: "welcome",
    protocol: 1,
    channel: "room:lobby",
    connection: "c1",
    user: "alice",
    cursor: `${EPOCH}-0`,
    resume: "live",
    at: 0,
    expires: null,
    heartbeat: HEARTBEAT,
    limits: { data: 100, frame: 200, presence: 100, publish: { rate: 50, burst: 100 }, signal: { rate: 1 } },
    features: [],
    presence: { count: 1, members: [member("alice")] },
    ...fields,
  });

export const member = (user: string): Member => ({ user, data: null, since: 0, connections: 1 });

/** A `messages` frame: bob says the number of each. */
export const messages = (...seqs: number[]): Happening =>
  frame({
    type: "messages",
    messages: seqs.map((seq) => ({
      seq,
      id: `m${seq}`,
      user: "bob",
      at: 0,
      event: "message",
      data: { text: `${seq}` },
    })),
  });

export const gap = (fields: Omit<GapFrame, "type">): Happening => frame({ type: "gap", ...fields });
export const ack = (ref: string, fields: Omit<AckFrame, "type" | "ref"> = {}): Happening =>
  frame({ type: "ack", ref, ...fields });
export const error = (fields: Omit<ErrorFrame, "type">): Happening => frame({ type: "error", ...fields });

// ---- what is done

export const connect = (query: string): Action => ({ do: "connect", query });
export const drop: Action = { do: "drop" };
export const exit = (code: number): Action => ({ do: "exit", code });
export const said = (words: string): Action => ({ do: "print", as: "said", line: words });
export const note = (words: string): Action => ({ do: "print", as: "note", line: words });
export const wrong = (words: string): Action => ({ do: "print", as: "error", line: words });
export const send = (value: string | object): Action => ({
  do: "send",
  text: typeof value === "string" ? value : JSON.stringify(value),
});
export const publish = (words: string, id: string): Action =>
  send({ type: "publish", ref: id, id, data: { text: words } });
export const leave: Action = send({ type: "leave" });

/** The first two rows of most plays: connected, at an empty log. */
export const joined: Row[] = [
  [0, tick, [connect("rewind=10")]],
  [0, welcome(), [note("You are alice in room:lobby. Here: alice.")]],
];
