/** Tries again what may succeed later. For requests that may be repeated: a publish may, because it carries its id. */
import { EdgewireError } from "../client/errors.ts";

const TRIES = 3;
/** ms: the first bound of a wait, which doubles; and what nobody who waits for an answer is made to wait. */
const FIRST_WAIT = 250;
const LONGEST_WAIT = 5000;

export interface TriesOptions {
  readonly sleep: (ms: number) => Promise<void>;
  /** From 0 to 1. */
  readonly random: () => number;
}

export async function withTries<Answer>(ask: () => Promise<Answer>, { sleep, random }: TriesOptions): Promise<Answer> {
  for (let tries = 1; ; tries++) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof EdgewireError) || !error.retryable || tries === TRIES) throw error;
      // Full jitter, after what the service asks for.
      const wait = (error.retryAfter ?? 0) + random() * FIRST_WAIT * 2 ** (tries - 1);
      if (wait > LONGEST_WAIT) throw error;
      await sleep(wait);
    }
  }
}
