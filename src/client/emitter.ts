/** Handlers by event. One that throws does not keep the others, or the client itself, from going on. */
export class Emitter<Events> {
  readonly #handlers = new Map<keyof Events, Set<(value: never) => void>>();

  /** Returns its own undo. */
  on<Name extends keyof Events>(name: Name, handler: (value: Events[Name]) => void): () => void {
    const handlers = this.#handlers.get(name) ?? new Set();
    this.#handlers.set(name, handlers);
    handlers.add(handler);
    return () => void handlers.delete(handler);
  }

  emit<Name extends keyof Events>(name: Name, value: Events[Name]): void {
    const handlers = this.#handlers.get(name) ?? [];
    for (const handler of [...handlers]) {
      // One before it may have undone it, or closed everything.
      if (!this.#handlers.get(name)?.has(handler)) continue;
      try {
        (handler as (value: Events[Name]) => void)(value);
      } catch (error) {
        report(error);
      }
    }
  }

  clear(): void {
    this.#handlers.clear();
  }
}

/** Where the application looks for its own faults: `window.onerror`, or the console where nothing else is there. */
function report(error: unknown): void {
  const { reportError = console.error } = globalThis as { reportError?: (error: unknown) => void };
  reportError(error);
}
