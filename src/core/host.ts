/** What the core asks of the world: the object in production, a simulation in tests. */
import type { Identity } from "./identity.ts";

/** Work that is put off, each kind at most once at a time. */
export type Task = "flush" | "replay" | "presence";

export interface Host {
  /** Runs the channel's `run(task)` after `ms`; ignored if that task is already put off. */
  later(task: Task, ms: number): void;
  /** When the channel's deadlines are due may have changed. */
  deadlinesChanged(): void;
  /** Who a token says it is; null if it is not valid. */
  verify(token: string): Promise<Identity | null>;
  /** 128 random bits or more, as text. */
  randomId(): string;
}
