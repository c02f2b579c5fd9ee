// The timer that was there before a test held or replaced it.
const later = globalThis.setTimeout.bind(globalThis);
const patience = 20_000;

/** Looks again and again until `condition` gives something truthy, and returns that. */
export async function until<T>(condition: () => T | Promise<T>, what: string): Promise<NonNullable<T>> {
  const deadline = performance.now() + patience;
  for (;;) {
    const result = await condition();
    if (result) return result;
    if (performance.now() > deadline) throw new Error(`not within ${patience} ms: ${what}`);
    await new Promise((resolve) => later(resolve, 1));
  }
}
