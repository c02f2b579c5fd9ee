/** What a subscription tells, as something to `for await` over. */
import { onAbort } from "./abort.ts";
import { EdgewireError } from "./errors.ts";

/** Items that wait for a reader. */
const MOST_WAITING = 10_000;

export interface Source<Item> {
  /** Returns its own undo. */
  onItem(take: (item: Item) => void): () => void;
  onEnd(end: () => void): () => void;
  hasEnded(): boolean;
}

/** Every item from now on, until the source or the loop ends. Throws the signal's reason, or to one who reads too slowly. */
export async function* iterate<Item>(source: Source<Item>, signal?: AbortSignal): AsyncGenerator<Item, void, void> {
  const waiting: Item[] = [];
  let wake = () => {};
  const stops = [
    source.onItem((item) => {
      waiting.push(item);
      wake();
    }),
    source.onEnd(() => wake()),
    onAbort(signal, () => wake()),
  ];
  try {
    for (;;) {
      signal?.throwIfAborted();
      if (waiting.length > MOST_WAITING)
        throw new EdgewireError("overloaded", "Messages come faster than they are read.");
      const item = waiting.shift();
      if (item !== undefined) yield item;
      else if (source.hasEnded()) return;
      else
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
  } finally {
    for (const stop of stops) stop();
  }
}
