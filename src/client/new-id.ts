/** A message's id: never the same twice. */
export function newId(): string {
  // A page without HTTPS and React Native have no randomUUID; ids only have to differ among one user's own.
  const { crypto } = globalThis as { crypto?: { randomUUID?: () => string } };
  const part = () => Math.random().toString(36).slice(2, 12);
  return crypto?.randomUUID?.() ?? `${Date.now().toString(36)}-${part()}-${part()}`;
}
