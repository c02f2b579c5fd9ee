/** An event as the parser dispatches it, and what else it noticed in the same block. */
export interface StreamEvent {
  /** `message` if the stream did not name it. */
  type: string;
  data: string;
  /** What EventSource would send as Last-Event-ID from now on. */
  lastEventId: string;
}

/**
 * Reads an event stream strictly by the rules of WHATWG HTML, section 9.2.6, from bytes cut anywhere. Stricter in one
 * thing: bytes that are no UTF-8 throw, where a browser would show U+FFFD.
 */
export class EventStreamParser {
  /** The last `retry:`, in milliseconds. */
  retry: number | undefined;
  comments = 0;
  /** What EventSource has as its last event ID: changed when a block ends, even one without an event. */
  lastEventId: string;

  readonly #decoder = new TextDecoder("utf-8", { fatal: true });
  #line = "";
  /** A CR ended the last line: an LF that follows belongs to it. */
  #afterCr = false;
  #type = "";
  #data = "";
  #id: string;

  constructor(lastEventId = "") {
    this.lastEventId = lastEventId;
    this.#id = lastEventId;
  }

  /** The events that these bytes complete. A block that is not yet closed by an empty line is none. */
  read(bytes: Uint8Array): StreamEvent[] {
    const found: StreamEvent[] = [];
    // The decoder takes away a byte order mark at the beginning, and keeps half a character for the next bytes.
    let text = this.#decoder.decode(bytes, { stream: true });
    if (this.#afterCr && text !== "") {
      this.#afterCr = false;
      if (text.startsWith("\n")) text = text.slice(1);
    }
    const ends = /\r\n|\n|\r/g;
    let start = 0;
    for (let end = ends.exec(text); end !== null; end = ends.exec(text)) {
      const line = this.#line + text.slice(start, end.index);
      this.#line = "";
      start = ends.lastIndex;
      this.#afterCr = end[0] === "\r" && start === text.length;
      if (line === "") this.#dispatch(found);
      else this.#takeLine(line);
    }
    this.#line += text.slice(start);
    return found;
  }

  #takeLine(line: string): void {
    const colon = line.indexOf(":");
    if (colon === 0) {
      this.comments++;
      return;
    }
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") this.#type = value;
    else if (field === "data") this.#data += `${value}\n`;
    else if (field === "id" && !value.includes("\0")) this.#id = value;
    else if (field === "retry" && /^[0-9]+$/.test(value)) this.retry = Number(value);
  }

  #dispatch(found: StreamEvent[]): void {
    this.lastEventId = this.#id;
    const event = { type: this.#type || "message", data: this.#data.slice(0, -1), lastEventId: this.#id };
    if (this.#data !== "") found.push(event);
    this.#type = "";
    this.#data = "";
  }
}
