// What a reader of the contract expects on the wire, written down apart from the service on purpose: these tests are to
// notice when the service's own types and the contract part ways.

export interface Frame {
  type: string;
  [field: string]: unknown;
}

export interface Message {
  seq: number;
  id: string;
  user: string;
  at: number;
  event: string;
  data: unknown;
}

export interface Member {
  user: string;
  info?: Record<string, unknown>;
  data: unknown;
  since: number;
  connections: number;
}

export interface Welcome extends Frame {
  type: "welcome";
  protocol: number;
  channel: string;
  connection: string;
  user: string;
  cursor: string;
  resume: "live" | "replay" | "gap";
  presence?: { count: number; members?: Member[]; next?: string };
}

export interface Gap {
  after: string;
  oldest: string | null;
  reason: "expired" | "epoch" | "ahead";
  /** With `oldest: null`: where the reader stands now. */
  cursor?: string;
}

export interface Published {
  seq: number;
  cursor: string;
  id: string;
  at: number;
  duplicate?: boolean;
}

export interface History {
  messages: Message[];
  cursor: string;
  more: boolean;
  oldest: string | null;
  gap: Gap | null;
}

export interface Signal {
  user: string;
  connection: string;
  event: string;
  data: unknown;
  key?: string;
  at: number;
}

export interface PresencePage {
  count: number;
  members: Member[];
  next?: string;
}

export interface PresenceChange extends Frame {
  type: "presence";
  count: number;
  /** All there are, in the answer to a long poll: as they were when it began. */
  members?: Member[];
  joined?: Member[];
  left?: { user: string }[];
  updated?: Member[];
}

/** A position: `<epoch>-<seq>`. */
export interface Position {
  epoch: string;
  seq: number;
}

/** The parts of a cursor; throws on what is none. */
export function positionOf(cursor: string): Position {
  const match = /^([a-z0-9]{8,16})-(0|[1-9][0-9]*)$/.exec(cursor);
  if (match === null) throw new Error(`not a cursor: ${cursor}`);
  return { epoch: match[1] as string, seq: Number(match[2]) };
}

export const cursorOf = ({ epoch, seq }: Position): string => `${epoch}-${seq}`;
