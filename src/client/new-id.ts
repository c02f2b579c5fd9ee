/** A message's id: never the same twice among one user's own, which is all that it has to differ from. */
export function newId(): string {
  const part = () => Math.random().toString(36).slice(2, 12);
  return `${Date.now().toString(36)}-${part()}-${part()}`;
}
