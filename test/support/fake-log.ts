/** What a fake service keeps: a log in one epoch, in which each id of a user is once. */
import type { Message } from "../../src/client/index.ts";

export class FakeLog {
  readonly epoch = "fake0epoch0";
  readonly messages: Message[] = [];
  readonly #seqs = new Map<string, number>();

  get head(): string {
    return this.cursor(this.messages.length);
  }

  cursor(seq: number): string {
    return `${this.epoch}-${seq}`;
  }

  /** The receipt, and the message if it is new. */
  append(user: string, { id, event, data }: { id: string; event: string; data: unknown }, at: number) {
    const key = `${user} ${id}`;
    const known = this.#seqs.get(key);
    if (known !== undefined) return { receipt: this.#receipt(known), message: null };
    const message = { seq: this.messages.length + 1, id, user, at, event, data } as Message;
    this.messages.push(message);
    this.#seqs.set(key, message.seq);
    return { receipt: this.#receipt(message.seq), message };
  }

  /** What comes after a cursor; null: it is none of this log. */
  after(cursor: string): Message[] | null {
    const [epoch, seq] = cursor.split("-") as [string, string];
    return epoch === this.epoch && Number(seq) <= this.messages.length ? this.messages.slice(Number(seq)) : null;
  }

  #receipt(seq: number) {
    const { id, at } = this.messages[seq - 1] as Message;
    return { seq, cursor: this.cursor(seq), id, at };
  }
}
