/** A connection as everything above sees it, whatever it is made of: frames in both directions, and an end. */
import type { ClientFrame, ServerFrame } from "../protocol/frames.ts";
import type { Environment } from "./environment.ts";

/** What to connect to, and as whom. */
export interface Target {
  /** Of the service: `https://rt.example.com`. */
  readonly origin: string;
  /** `/v1/rooms/lobby` */
  readonly path: string;
  /** Null: as a guest. */
  readonly token: string | null;
  /** Options of the connection; `after` among them. */
  readonly query: Readonly<Record<string, string>>;
}

export interface LinkEvents {
  frame(frame: ServerFrame): void;
  /** Something came, if only the answer to a ping. */
  alive(): void;
  /** It is over; nothing comes after it. A close code of the protocol. `retryAfter`: ms, if the service said so. */
  closed(code: number, reason: string, retryAfter?: number): void;
}

export interface Link {
  send(frame: ClientFrame): void;
  /** Asks for a sign of life. Does nothing where the transport itself gives one. */
  ping(): void;
  /** Whether a sign of life is to be expected after a ping. */
  readonly answersPings: boolean;
  /** Ends it without an event. */
  close(): void;
}

export type Dial = (target: Target, events: LinkEvents, environment: Environment) => Link;

export function urlOf({ origin, path, query }: Target, endpoint: string, more: Record<string, string> = {}): string {
  const search = new URLSearchParams({ ...query, ...more });
  const text = search.size > 0 ? `?${search}` : "";
  return `${origin.replace(/\/$/, "")}${path}/${endpoint}${text}`;
}
