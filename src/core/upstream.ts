/** Where messages get their places, if not in this object: what the channel of a relay asks of its room. (SPEC RELAY-1) */
import type { Failure } from "../protocol/codes.ts";
import type { Ack, Receipt } from "./batch.ts";
import type { HistoryQuery } from "./history.ts";
import type { AuthoredDraft } from "./request.ts";
import type { Session } from "./session.ts";
import type { SignalDraft, SignalSender } from "./signals.ts";

/** What the room has taken: a receipt a draft. */
export interface Published {
  readonly epoch: string;
  readonly receipts: readonly Receipt[];
}

/** What is to be published, all or none. */
export interface Publication {
  readonly drafts: readonly AuthoredDraft[];
  /** The connection it comes from, where one is known. */
  readonly session: Session | null;
  /**
   * Called once, later. Null: nobody knows whether it was taken.
   * @param acks what is put there is sent when all are answered that were published together
   */
  answered(outcome: Published | Failure | null, acks: Ack[], now: number): void;
}

export interface Upstream {
  /** What one session publishes keeps its order. Null if it was taken on, else why not. */
  publish(publication: Publication): Failure | null;
  /** To everybody but this object's own sessions. Null if it was taken on, else why not. */
  signal(signal: SignalDraft, sender: SignalSender): Failure | null;
  /** `then` gets the JSON fields of the page. */
  history(query: HistoryQuery, mostBytes: number, then: (answer: string | Failure, now: number) => void): void;
  /** Calls `then` when all is settled that the session has published; false if it is so already. */
  settled(session: Session, then: (now: number) => void): boolean;
  /** Whether the session waits for that, and nothing more is taken from it. */
  isLeaving(session: Session): boolean;
}
