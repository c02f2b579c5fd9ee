/** One block of an event stream, field by field. Null: the field is not in it. */
export interface EventBlock {
  /** `message` if the stream does not name it. */
  name: string;
  id: string | null;
  data: string | null;
  retry: number | null;
}

/**
 * The blocks of a whole stream, comments left out. Narrower than WHATWG HTML, section 9.2: whatever a browser would
 * read in another way than it was meant, or leave out without a word, throws.
 */
export function eventBlocks(stream: string | Uint8Array): EventBlock[] {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const text = typeof stream === "string" ? stream : decoder.decode(stream);
  if (text.startsWith("\uFEFF") || text.includes("\r")) throw new Error("a browser would read it in another way");
  if (text !== "" && !text.endsWith("\n\n")) throw new Error(`unfinished: ${JSON.stringify(text.slice(-80))}`);
  const blocks = text.split("\n\n").slice(0, -1);
  return blocks.filter((block) => block !== ":").map(readBlock);
}

const NAMES: Readonly<Record<string, keyof EventBlock>> = { event: "name", id: "id", data: "data", retry: "retry" };

function readBlock(block: string): EventBlock {
  const fields = new Map<keyof EventBlock, string>();
  for (const line of block.split("\n")) {
    const [, field = "", value = ""] = /^([a-z]+): (.*)$/su.exec(line) ?? [];
    const name = Object.hasOwn(NAMES, field) ? NAMES[field] : undefined;
    if (name === undefined || value === "" || fields.has(name)) throw new Error(`a line that means nothing: ${line}`);
    fields.set(name, value);
  }
  const retry = fields.get("retry");
  if (retry !== undefined && !/^[0-9]+$/.test(retry)) throw new Error(`no time: ${retry}`);
  return {
    name: fields.get("name") ?? "message",
    id: fields.get("id") ?? null,
    data: fields.get("data") ?? null,
    retry: retry === undefined ? null : Number(retry),
  };
}
