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
  /** Whether every frame can be sent: a ping, which is answered, and a fresh token. Else the transport beats itself. */
  readonly isDuplex: boolean;
  /** Asks for a sign of life. */
  ping(): void;
  /** Ends it without an event. */
  close(): void;
}

export type Dial = (target: Target, events: LinkEvents, environment: Environment) => Link;

export function urlOf({ origin, path, query }: Target, endpoint: string, more: Record<string, string> = {}): string {
  const search = String(new URLSearchParams({ ...query, ...more }));
  return `${origin.replace(/\/$/, "")}${path}/${endpoint}${search === "" ? "" : `?${search}`}`;
}
