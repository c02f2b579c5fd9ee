/**
 * Rendezvous hashing: everybody ranks the same names for a key in the same order, without asking anybody. A name that is
 * added or taken away moves only the keys that it wins or had won.
 */

/** `names`, the best one for `key` first. */
export function ranked(key: string, names: readonly string[]): string[] {
  return names
    .map((name) => ({ name, score: scoreOf(`${name} ${key}`) }))
    .sort((a, b) => b.score - a.score || (a.name < b.name ? -1 : 1))
    .map(({ name }) => name);
}

/** 32 bits: FNV-1a, and then mixed, because of texts that differ in one letter it makes neighbours. */
function scoreOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
