/** Handlers by event. One that throws does not keep the others, or the client itself, from going on. */
export class Emitter<Events> {
  readonly #handlers: { [Name in keyof Events]?: Set<(value: Events[Name]) => void> } = {};

  /** Returns its own undo. */
  on<Name extends keyof Events>(name: Name, handler: (value: Events[Name]) => void): () => void {
    let handlers = this.#handlers[name];
    if (handlers === undefined) {
      handlers = new Set();
      this.#handlers[name] = handlers;
    }
    handlers.add(handler);
    return () => void handlers.delete(handler);
  }

  emit<Name extends keyof Events>(name: Name, value: Events[Name]): void {
    for (const handler of [...(this.#handlers[name] ?? [])]) {
      try {
        handler(value);
      } catch (error) {
        // Reported where the application looks for its own faults, after what is being done here.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }

  clear(): void {
    for (const name of Object.keys(this.#handlers) as (keyof Events)[]) delete this.#handlers[name];
  }
}
