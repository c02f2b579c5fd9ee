/** Handlers by event. One that throws does not keep the others, or the client itself, from going on. */
export interface Emitter<Events> {
  /** Returns its own undo. */
  on<Name extends keyof Events>(name: Name, handler: (value: Events[Name]) => void): () => void;
  emit<Name extends keyof Events>(name: Name, value: Events[Name]): void;
  clear(): void;
}

interface Listener {
  readonly name: unknown;
  readonly handler: (value: never) => void;
}

export function newEmitter<Events>(): Emitter<Events> {
  const listeners = new Set<Listener>();
  return {
    on(name, handler) {
      const listener = { name, handler };
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    emit(name, value) {
      for (const listener of [...listeners]) {
        // One before it may have undone it, or closed everything.
        if (listener.name !== name || !listeners.has(listener)) continue;
        try {
          listener.handler(value as never);
        } catch (error) {
          // Where the application looks for its own faults: `window.onerror`, or the console where nothing else is there.
          const { reportError = console.error } = globalThis as { reportError?: (error: unknown) => void };
          reportError(error);
        }
      }
    },
    clear: () => listeners.clear(),
  };
}
