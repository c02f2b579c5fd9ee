/** What a subscription tells, as something to `for await` over. */
import { onAbort } from "./abort.ts";
import { EdgewireError } from "./errors.ts";

/** Items that wait for a reader. */
const MOST_WAITING = 10_000;

/**
 * Every item from now on, until the end or the end of the loop. Throws the signal's reason, or to one who reads too slowly.
 * @param onItem returns its own undo
 */
export async function* iterate<Item extends object>(
  onItem: (take: (item: Item) => void) => () => void,
  end: AbortSignal,
  signal?: AbortSignal,
): AsyncGenerator<Item, void, void> {
  const waiting: Item[] = [];
  let wake = () => {};
  const stops = [
    onItem((item) => {
      waiting.push(item);
      wake();
    }),
    onAbort(end, () => wake()),
    onAbort(signal, () => wake()),
  ];
  try {
    for (;;) {
      signal?.throwIfAborted();
      if (waiting.length > MOST_WAITING) throw new EdgewireError("overloaded", "Read too slowly.");
      const item = waiting.shift();
      if (item) yield item;
      else if (end.aborted) return;
      else
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
  } finally {
    for (const stop of stops) stop();
  }
}
