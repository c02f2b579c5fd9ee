/**
 * 53 bits that tell one content from another under the same message id. Not against an attacker: whoever forges a
 * collision only cheats themselves.
 */
export function contentHash(event: string, data: string): number {
  let [low, high] = [0x811c9dc5, 0x9e3779b1];
  const mix = (text: string) => {
    for (let at = 0; at < text.length; at++) {
      const unit = text.charCodeAt(at);
      low = Math.imul(low ^ unit, 0x01000193);
      high = Math.imul(high ^ (unit + (low >>> 15)), 0x85ebca6b);
    }
  };
  mix(event);
  low = Math.imul(low ^ 0x10000, 0x01000193); // no text has this unit: "a" + "b" is not "ab" + ""
  mix(data);
  return (high >>> 11) * 0x100000000 + (low >>> 0);
}
