/** What the chat client knows, what can happen to it, and what it can want done. */
import type { Cursor } from "../../protocol/cursor.ts";
import type { WelcomeFrame } from "../../protocol/frames.ts";
import { type Place, placeAfter } from "./place.ts";

export interface ChatOptions {
  /** Messages of the past to show on the first connect. */
  readonly rewind: number;
  /** Start after this cursor instead; null: do not. */
  readonly after: Cursor | null;
  /** Whether a fresh token can be had when one is refused. */
  readonly canRenewToken: boolean;
}

export interface OpenLink {
  readonly is: "open";
  /** All ms since 1970. */
  readonly since: number;
  readonly lastSign: number;
  readonly lastPing: number;
  readonly welcome: WelcomeFrame;
}

export type Link =
  | { readonly is: "waiting"; readonly until: number }
  | { readonly is: "connecting"; readonly since: number }
  | OpenLink
  | { readonly is: "leaving"; readonly since: number }
  | { readonly is: "ended" };

/** What the user typed and the service has not acknowledged. Its id stays the same however often it is sent. */
export interface Line {
  readonly id: string;
  readonly text: string;
}

export interface Chat {
  readonly options: ChatOptions;
  readonly link: Link;
  readonly place: Place;
  /** In order. Only the first is ever under way, so that none overtakes one that was refused for the rate. */
  readonly outbox: readonly Line[];
  /** The first of the outbox is under way on this connection. */
  readonly underWay: boolean;
  /** ms since 1970: nothing is sent before. */
  readonly sendAfter: number;
  /** The seq of the last own message: to be seen before leaving. */
  readonly acknowledged: number;
  /** A line was refused for good. */
  readonly refused: boolean;
  readonly inputEnded: boolean;
  /** Connections in a row that did not last. */
  readonly failures: number;
  /** Tokens in a row that were not accepted. */
  readonly refusedTokens: number;
  /** What the user was last told about the connection. */
  readonly told: "nothing" | "no connection yet" | "connected" | "lost";
}

export type Happening =
  /** Time has passed: to be said several times a second. */
  | { readonly type: "tick" }
  | { readonly type: "frame"; readonly text: string }
  | { readonly type: "close"; readonly code: number; readonly reason: string }
  /** `id` is new and random. */
  | { readonly type: "line"; readonly text: string; readonly id: string }
  /** There will be no more lines: leave when all are acknowledged. */
  | { readonly type: "end-of-input" }
  /** Leave now. */
  | { readonly type: "quit" };

export type Action =
  | { readonly do: "connect"; readonly query: string }
  | { readonly do: "send"; readonly text: string }
  /** Close the socket, if there is one; nothing that it still says is wanted. */
  | { readonly do: "drop" }
  | { readonly do: "print"; readonly as: "said" | "note" | "error"; readonly line: string }
  | { readonly do: "exit"; readonly code: number };

/** When something happened (ms since 1970), and a random number from 0 to 1 that came with it. */
export interface Moment {
  readonly now: number;
  readonly random: number;
}

export interface Step {
  readonly chat: Chat;
  readonly actions: readonly Action[];
}

/** A chat that connects at the first tick. */
export function newChat(options: ChatOptions): Chat {
  return {
    options,
    link: { is: "waiting", until: 0 },
    place: placeAfter(options.after),
    outbox: [],
    underWay: false,
    sendAfter: 0,
    acknowledged: 0,
    refused: false,
    inputEnded: false,
    failures: 0,
    refusedTokens: 0,
    told: "nothing",
  };
}

export function note(line: string): Action {
  return { do: "print", as: "note", line };
}
