/** Questions to other nodes, each answered once all of them have answered, or have had their time. */
import type { MemberAt } from "../../core/member-at.ts";

/** ms that an answer is waited for: who cannot be asked is believed. */
const PATIENCE = 3000;

interface Question {
  readonly waiting: Set<string>;
  readonly members: MemberAt[];
  answer(members: MemberAt[]): void;
  /** Takes its time no more. */
  stop(): void;
}

export class Questions {
  readonly #open = new Map<number, Question>();
  #last = 0;
  /** Of whom something is known to be missing: no answer before it is there. */
  readonly missing = new Set<string>();
  readonly #later: (event: () => void, ms: number) => () => void;

  constructor(later: (event: () => void, ms: number) => () => void) {
    this.#later = later;
  }

  /** @param ask is called with the question's number for each of the nodes */
  put(nodes: readonly string[], ask: (node: string, number: number) => void): Promise<MemberAt[]> {
    if (nodes.length === 0 && this.missing.size === 0) return Promise.resolve([]);
    const number = ++this.#last;
    const { promise, resolve } = Promise.withResolvers<MemberAt[]>();
    const stop = this.#later(() => this.#close(number), PATIENCE);
    this.#open.set(number, { waiting: new Set(nodes), members: [], answer: resolve, stop });
    for (const node of nodes) ask(node, number);
    return promise;
  }

  answered(node: string, number: number, members: readonly MemberAt[]): void {
    const question = this.#open.get(number);
    if (question?.waiting.delete(node) !== true) return;
    question.members.push(...members);
    this.settle();
  }

  /** Nothing more will come from there. */
  gone(node: string): void {
    this.missing.delete(node);
    for (const { waiting } of this.#open.values()) waiting.delete(node);
    this.settle();
  }

  /** Something that was missing is there. */
  settle(): void {
    if (this.missing.size > 0) return;
    for (const [number, { waiting }] of this.#open) if (waiting.size === 0) this.#close(number);
  }

  #close(number: number): void {
    const question = this.#open.get(number);
    this.#open.delete(number);
    question?.stop();
    question?.answer(question.members);
  }
}
