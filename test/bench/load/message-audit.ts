/**
 * Looks at every field of every message that one subscriber of a room gets, so that the markers the others are checked
 * by are known to stand for whole messages in the shape of the contract (section 3). That all subscribers saw one order
 * is the delivery checker's to say, so auditing one is enough, and costs the generator 1 % instead of all it has.
 */
import { payloadText } from "./marker.ts";

export class MessageAudit {
  #lastSeq: number | null = null;
  #lastAt = 0;

  /** @returns what is wrong with a `messages` frame, or null */
  check(frame: unknown): string | null {
    const { messages } = frame as { messages: unknown };
    if (!Array.isArray(messages) || messages.length === 0) return "a messages frame without messages";
    for (const message of messages as Record<string, unknown>[]) {
      const problem = this.#message(message);
      if (problem !== null) return `${problem}: ${JSON.stringify(message)}`;
    }
    return null;
  }

  #message({ seq, id, user, at, event, data }: Record<string, unknown>): string | null {
    if (typeof seq !== "number" || typeof at !== "number" || typeof id !== "string") return "a field of the wrong type";
    if (this.#lastSeq !== null && seq !== this.#lastSeq + 1) return `seq ${seq} after ${this.#lastSeq}`;
    if (at < this.#lastAt) return `at ${at} after ${this.#lastAt}`;
    this.#lastSeq = seq;
    this.#lastAt = at;
    const [publisher = "", count = ""] = id.split(".");
    if (event !== "message") return "another event than was published";
    if (data !== payloadText(Number(publisher), Number(count))) return "other data than was published under that id";
    if (typeof user !== "string" || !/^b\d+$/.test(user)) return "another user than the publisher";
    return null;
  }
}
