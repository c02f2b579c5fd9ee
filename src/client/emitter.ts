interface Listener {
  readonly name: unknown;
  readonly handler: (value: never) => void;
}

/** Handlers by event. One that throws does not keep the others, or the client itself, from going on. */
export class Emitter<Events> {
  readonly #listeners = new Set<Listener>();

  /** Returns its own undo. */
  on<Name extends keyof Events>(name: Name, handler: (value: Events[Name]) => void): () => void {
    const listener = { name, handler };
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  emit<Name extends keyof Events>(name: Name, value: Events[Name]): void {
    for (const listener of [...this.#listeners]) {
      // One before it may have undone it, or closed everything.
      if (listener.name !== name || !this.#listeners.has(listener)) continue;
      try {
        listener.handler(value as never);
      } catch (error) {
        report(error);
      }
    }
  }

  clear(): void {
    this.#listeners.clear();
  }
}

/** Where the application looks for its own faults: `window.onerror`, or the console where nothing else is there. */
function report(error: unknown): void {
  const { reportError = console.error } = globalThis as { reportError?: (error: unknown) => void };
  reportError(error);
}
