// JSON.parse forgets how a value was written (1.0 and 1, "\u00e9" and "é"). Where the contract promises the same bytes,
// these take the bytes themselves.

/** The elements of the array under `key` of a JSON object, each as it was written. None if there is no such key. */
export function rawElements(text: string, key: string): string[] {
  const array = rawField(text, key);
  return array === undefined ? [] : parts(array, 0);
}

/** The value under `key` of a JSON object, as it was written. */
export function rawField(text: string, key: string): string | undefined {
  for (const pair of parts(text, text.indexOf("{"))) {
    const nameEnd = endOfString(pair, 0);
    if (pair.slice(0, nameEnd) === JSON.stringify(key)) return pair.slice(pair.indexOf(":", nameEnd) + 1).trim();
  }
  return undefined;
}

/** The comma-separated parts of the object or array that opens at `open`. */
function parts(text: string, open: number): string[] {
  const found: string[] = [];
  let depth = 0;
  let start = open + 1;
  for (let at = open; at < text.length; at++) {
    const char = text[at];
    if (char === '"') {
      at = endOfString(text, at) - 1;
    } else if (char === "{" || char === "[") {
      depth++;
    } else if (char === "}" || char === "]") {
      depth--;
      if (depth === 0) {
        const last = text.slice(start, at).trim();
        return last === "" ? found : [...found, last];
      }
    } else if (char === "," && depth === 1) {
      found.push(text.slice(start, at).trim());
      start = at + 1;
    }
  }
  throw new Error(`not closed: ${text.slice(open, open + 100)}`);
}

/** Where the string that opens at `open` ends, the quote included. */
function endOfString(text: string, open: number): number {
  for (let at = text.indexOf('"', open) + 1; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === '"') return at + 1;
  }
  throw new Error(`string not closed: ${text.slice(open, open + 100)}`);
}
