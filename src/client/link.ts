/** A connection as everything above sees it, whatever it is made of: frames in both directions, and an end. */
import type { ClientFrame } from "../protocol/frames.ts";
import type { Environment } from "./environment.ts";
import type { TransportName } from "./machine.ts";

/** What is left undefined is not said. */
export type Query = Readonly<Record<string, string | number | undefined>>;

/** What to connect to, and as whom. */
export interface Target {
  /** Of the service: `https://rt.example.com`. */
  readonly origin: string;
  /** `/v1/rooms/lobby` */
  readonly path: string;
  /** Null: as a guest. */
  readonly token: string | null;
  /** Options of the connection; `after` among them. */
  readonly query: Query;
}

export interface LinkEvents {
  /** What came, as JSON says it; it is looked at there. */
  frame(value: unknown): void;
  /** Something came, if only the answer to a ping. */
  alive(): void;
  /** It is over. A close code of the protocol. `retryAfter`: ms, if the service said so. */
  closed(code: number, reason: string, retryAfter?: number): void;
}

/** After its end, or `close`, what it still tells is not heard. */
export interface Link {
  readonly transport: TransportName;
  send(frame: ClientFrame): void;
  /** Asks for a sign of life. Only where every frame can be sent, a fresh token too; else the transport beats itself. */
  ping?(): void;
  close(): void;
}

export type Dial = (target: Target, events: LinkEvents, environment: Environment) => Link;

export function urlOf({ origin, path, query }: Omit<Target, "token">, endpoint: string): string {
  const said = Object.entries(query).filter(([, value]) => value !== undefined);
  return `${origin.replace(/\/$/, "")}${path}/${endpoint}?${new URLSearchParams(said as [string, string][])}`;
}
