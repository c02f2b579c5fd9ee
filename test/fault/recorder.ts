/** Writes a client's events as they happen, a line each, so that what a killed process saw is not lost. */
import { appendFileSync } from "node:fs";
import type { HistoryEvent } from "./history.ts";

/** In memory, before they are written. */
const MOST_LINES = 1000;

type Unstamped<Event> = Event extends HistoryEvent ? Omit<Event, "t" | "client"> : never;

/** An event without what the recorder adds. */
export type Happening = Unstamped<HistoryEvent>;

/** Where lines go: a file, or an array in memory. */
export interface Sink {
  write(event: HistoryEvent): void;
}

export class Recorder {
  readonly client: string;
  readonly #sink: Sink;
  readonly #clock: () => number;

  /** @param clock ms; the same for all recorders of a run */
  constructor(client: string, sink: Sink, clock: () => number = sinceEpoch) {
    this.client = client;
    this.#sink = sink;
    this.#clock = clock;
  }

  note(happening: Happening): void {
    this.#sink.write({ t: this.#clock(), client: this.client, ...happening } as HistoryEvent);
  }

  /** Another client's recorder, into the same sink. */
  for(client: string): Recorder {
    return new Recorder(client, this.#sink, this.#clock);
  }
}

/** Keeps the events in memory. */
export class MemorySink implements Sink {
  readonly events: HistoryEvent[] = [];

  write(event: HistoryEvent): void {
    this.events.push(event);
  }
}

/** Appends each event to a file, in one write: several processes may share it. */
export class FileSink implements Sink {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  write(event: HistoryEvent): void {
    appendFileSync(this.#path, `${JSON.stringify(event)}\n`);
  }
}

/** Appends to a file, many events at a time: for a process that is not killed. */
export class BufferedSink implements Sink {
  readonly #path: string;
  #lines: string[] = [];

  constructor(path: string) {
    this.#path = path;
  }

  write(event: HistoryEvent): void {
    this.#lines.push(`${JSON.stringify(event)}\n`);
    if (this.#lines.length >= MOST_LINES) this.flush();
  }

  flush(): void {
    appendFileSync(this.#path, this.#lines.join(""));
    this.#lines = [];
  }
}

/** ms since 1970 with fractions: comparable between processes of one machine, and never going back within one. */
function sinceEpoch(): number {
  return performance.timeOrigin + performance.now();
}
