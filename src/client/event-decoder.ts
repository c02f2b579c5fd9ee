/** Server-Sent Events out of text that comes in pieces (WHATWG HTML, section 9.2), as far as a client here needs them. */

export interface ServerSentEvent {
  readonly name: string;
  readonly data: string;
}

/** Characters of an event, more than a service can be configured to send: what goes on without an end is not one. */
const LONGEST = 4 * 1024 * 1024;

export class EventDecoder {
  #rest = "";
  #name = "";
  #data: string[] = [];
  #length = 0;

  /** The events that end in this piece. Throws if one is too long. */
  decode(piece: string): ServerSentEvent[] {
    const events: ServerSentEvent[] = [];
    // Only what is new can hold the end of a line; a CR at the very end may be half of one.
    const lines = (this.#rest + piece).split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop() as string;
    for (const line of lines) {
      const event = this.#line(line);
      if (event !== null) events.push(event);
    }
    if (this.#length + this.#rest.length > LONGEST) throw new Error("An event is too long.");
    return events;
  }

  #line(line: string): ServerSentEvent | null {
    if (line === "") return this.#end();
    const [, field, value = ""] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) as RegExpExecArray;
    if (field === "event") this.#name = value;
    else if (field === "data") {
      this.#data.push(value);
      this.#length += value.length;
    }
    return null;
  }

  #end(): ServerSentEvent | null {
    const event = this.#data.length === 0 ? null : { name: this.#name || "message", data: this.#data.join("\n") };
    this.#name = "";
    this.#data = [];
    this.#length = 0;
    return event;
  }
}
