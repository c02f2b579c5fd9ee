/** What every scenario is, and what comes of it. */
import type { Random } from "../../random.ts";
import type { FaultServer, ServerName } from "../server/fault-server.ts";

export interface Scenario {
  readonly name: string;
  /** One line, for the list. */
  readonly about: string;
  /** The servers that it is played on, each in a round of its own. */
  readonly servers: readonly ServerName[];
  /** Played only where relays hold the connections. Default: everywhere. */
  readonly isOverRelays?: true;
  /** How many of the faults it is about one round has: in CI (0: it is not played there), usually, and in the long run. */
  readonly sizes: Readonly<Record<Size, number>>;
  play(round: Round): Promise<Outcome>;
}

export type Size = "short" | "usual" | "long";

export interface Round {
  readonly server: FaultServer;
  readonly seed: number;
  readonly random: Random;
  /** Whether relays hold connections. */
  readonly isOverRelays: boolean;
  /** Whether one part of the whole is to be played after the other, instead of a sample. */
  readonly isLong: boolean;
  /** Of the scenario's faults: how many. */
  readonly size: number;
  /** What the round before came to, if rounds of it are parts of a whole: the `state` of its progress. */
  readonly state: unknown;
}

/** How much of a whole has been played, in all rounds. */
export interface Progress {
  /** As JSON, for the next round. */
  readonly state: unknown;
  /** For the summary. */
  readonly text: string;
  readonly isDone: boolean;
}

export interface Outcome {
  /** `unknown`: nothing succeeded, or no fault hit. */
  readonly verdict: "ok" | "violated" | "unknown";
  /** Added up over all rounds: operations, acknowledged, …, and each kind of fault. */
  readonly counts: Readonly<Record<string, number>>;
  /** What was found, as text; empty if it is ok. */
  readonly report: string;
  readonly progress?: Progress;
  /** Kept if it is not ok. */
  readonly historyPath: string | null;
}
