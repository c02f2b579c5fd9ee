/** What a recording client needs of its world, simulated or real: time, and ways to the service. */

/** Whose doing something is. Of the dead nothing happens any more. */
export interface Living {
  readonly isAlive: boolean;
}

export interface Time<Actor extends Living = Living> {
  /** ms */
  readonly now: number;
  /** Does it after `ms`, as `actor`. */
  after(ms: number, actor: Actor, act: () => void): void;
}

export interface Ask {
  readonly method: string;
  /** Below the origin. */
  readonly path: string;
  readonly token: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** It may come twice, and must do no more than once. */
  readonly isRepeatable?: boolean;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
  /** The request came once. */
  readonly isOnly: boolean;
}

/** The client's end of something that goes on. */
export interface Cut {
  /** The connection is gone; the service finds out when it writes, or, for a poll, at once. */
  cut(): void;
}

/** What comes over an event stream. */
export interface StreamHandler {
  chunk(text: string): void;
  /** It is over, without a word. */
  over(): void;
  /** It did not begin. */
  refused(answer: Answer | null): void;
}

/** The client's end of an event stream. */
export interface Stream extends Cut {
  /** Nothing is read for so long, ms. */
  stall(ms: number): void;
  /** Nothing comes through any more, and nobody is told. */
  blacken(): void;
}

export interface SocketListener {
  message(data: string): void;
  close(code: number): void;
}

/** The client's end of a WebSocket. */
export interface Socket extends Stream {
  /** Nothing is heard before this. */
  listen(listener: SocketListener): void;
  /** Nothing is sent once it is closing. */
  send(text: string): void;
  /** With a Close frame. */
  close(code: number): void;
}

export interface Network<Actor extends Living = Living> {
  /** A request and its answer; null: there was none, and nobody knows what became of it. */
  ask(client: Actor, ask: Ask, done: (answer: Answer | null) => void): Cut;
  /** A WebSocket; or why there is none. */
  connect(client: Actor, ask: Ask, done: (socket: Socket | null, answer: Answer | null) => void): Cut;
  /** A stream of events. */
  stream(client: Actor, ask: Ask, handler: StreamHandler): Stream;
}
