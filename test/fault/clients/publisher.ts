/** A client's publishing: with ids of its own or without, over its socket or HTTP, again until it is known what became of it. */
import type { Frame } from "../../support/frames.ts";
import type { Client } from "./client.ts";
import type { Answer } from "./network.ts";

interface Draft {
  readonly id: string | null;
  readonly data: unknown;
  tries: number;
}

interface Receipt {
  readonly cursor: string;
  readonly id: string;
  readonly at: number;
  readonly duplicate?: boolean;
}

/** ms */
const PATIENCE = 4000;
const MOST_DOUBLINGS = 3;
const MOST_TRIES = 12;
/** Refused for good: it was not taken, and never will be. */
const FINAL = new Set(["id_conflict", "forbidden", "too_large", "bad_request"]);

export interface Habits {
  /** Shares of what is done. */
  readonly http: number;
  readonly withoutId: number;
  readonly array: number;
  /** Messages of the longest. */
  readonly longest: number;
  readonly twice: number;
  /** Ids that are used again with other data. */
  readonly collide: number;
  /** Characters of the largest filler. */
  readonly largest: number;
  /** ms before what failed is tried again, at the beginning. */
  readonly pause: number;
}

export class Publisher {
  readonly #client: Client;
  readonly #habits: Habits;
  readonly #canary: string;
  /** By the `ref` of their frames. */
  #pending = new Map<string, { op: string; draft: Draft }>();
  readonly #unsettled = new Set<Draft>();
  #count = 0;
  #operations = 0;

  constructor(client: Client, habits: Habits, canary: string) {
    this.#client = client;
    this.#habits = habits;
    this.#canary = canary;
    client.listener = { answered: (frame) => this.#answered(frame), ended: () => this.#ended() };
  }

  /** Messages so far, without those that were tried again. */
  get count(): number {
    return this.#count;
  }

  /** Messages of which it is not known what became of them, and which are tried again. */
  get pending(): number {
    return this.#unsettled.size;
  }

  /** One more message, or several. */
  act(): void {
    const { random } = this.#client.parts;
    const { http, array, twice } = this.#habits;
    if (random.chance(array))
      return this.#overHttp(Array.from({ length: 1 + random.below(this.#habits.longest) }, () => this.#draft()));
    const draft = this.#draft();
    const overHttp = random.chance(http);
    this.#send(draft, overHttp);
    if (draft.id !== null && random.chance(twice)) this.#send(draft, !overHttp);
  }

  #draft(): Draft {
    const { random, name, user } = this.#client.parts;
    const { withoutId, collide, largest } = this.#habits;
    const isLarge = random.chance(0.1);
    const data = {
      text: this.#canary,
      n: `${name}-${++this.#count}`,
      filler: "x".repeat(random.below(isLarge ? largest : Math.min(largest, 40))),
    };
    if (random.chance(withoutId)) return { id: null, data, tries: 0 };
    if (random.chance(collide))
      return { id: `shared-${random.below(3)}`, data: { text: this.#canary, flavor: random.below(2) }, tries: 0 };
    return { id: `${user}-${name}-${this.#count}`, data, tries: 0 };
  }

  #send(draft: Draft, overHttp: boolean): void {
    const { line, isOpen } = this.#client;
    draft.tries++;
    this.#unsettled.add(draft);
    if (overHttp || !isOpen || !line?.send) return this.#overHttp([draft]);
    const op = this.#note(draft, "ws", this.#client.connection);
    this.#pending.set(op, { op, draft });
    const { id, data } = draft;
    line.send(JSON.stringify({ type: "publish", ref: op, data, ...(id === null ? {} : { id }) }));
  }

  #overHttp(drafts: readonly Draft[]): void {
    const { network, random, time } = this.#client.parts;
    const { actor, base, token, serviceName } = this.#client;
    const isNamed = serviceName !== null && random.chance(0.3);
    for (const draft of drafts) this.#unsettled.add(draft);
    const ops = drafts.map((draft) => this.#note(draft, "http", isNamed ? this.#client.connection : null));
    const connection = isNamed ? `?connection=${serviceName}` : "";
    const bodies = drafts.map(({ id, data }) => (id === null ? { data } : { id, data }));
    const ask = {
      method: "POST",
      path: `${base}/messages${connection}`,
      token,
      isRepeatable: drafts.every(({ id }) => id !== null),
      body: drafts.length > 1 ? bodies : bodies[0],
    };
    let isOver = false;
    const end = (answer: Answer | null) => {
      if (isOver) return;
      isOver = true;
      for (const [index, draft] of drafts.entries())
        this.#settle(draft, ops[index] as string, answer, index, drafts.length);
    };
    network.ask(actor, ask, end);
    time.after(PATIENCE, actor, () => end(null));
  }

  #settle(draft: Draft, op: string, answer: Answer | null, index: number, count: number): void {
    const { user, recorder } = this.#client.parts;
    const body = answer === null ? {} : JSON.parse(answer.text);
    if (answer !== null) recorder.note({ type: "raw", user, text: answer.text });
    if (answer?.status === 200 || answer?.status === 201) this.#ok(draft, op, count > 1 ? body.results[index] : body);
    // Of what came twice one may have been taken, and the other refused.
    else this.#failed(draft, op, answer?.isOnly ? body.code : null);
  }

  #note({ id, data }: Draft, over: "ws" | "http", connection: string | null): string {
    const { recorder, channel, user, name } = this.#client.parts;
    const op = `${name}:${++this.#operations}`;
    recorder.note({ type: "send", op, channel, user, id, data, over, connection });
    return op;
  }

  #answered(frame: Frame): void {
    const pending = this.#pending.get(frame.ref as string);
    if (pending === undefined) return;
    this.#pending.delete(frame.ref as string);
    if (frame.type === "ack") this.#ok(pending.draft, pending.op, frame as unknown as Receipt);
    else this.#failed(pending.draft, pending.op, frame.code as string);
  }

  #ok(draft: Draft, op: string, { cursor, id, at, duplicate = false }: Receipt): void {
    this.#unsettled.delete(draft);
    this.#client.parts.recorder.note({ type: "ok", op, cursor, id, at, duplicate });
  }

  /** @param code null: nobody knows what became of it */
  #failed(draft: Draft, op: string, code: string | null): void {
    const { recorder, time, random } = this.#client.parts;
    // Of a 5xx nobody knows either: the object may have been reset after it wrote.
    if (code !== null && (FINAL.has(code) || code === "unauthenticated")) recorder.note({ type: "fail", op, code });
    if (code === "unauthenticated") this.#client.renew();
    if (draft.id === null || draft.tries >= MOST_TRIES || (code !== null && FINAL.has(code)))
      return void this.#unsettled.delete(draft);
    time.after(
      random.between(10, this.#habits.pause * 2 ** Math.min(draft.tries, MOST_DOUBLINGS)),
      this.#client.actor,
      () => this.#send(draft, random.chance(this.#habits.http)),
    );
  }

  #ended(): void {
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const { draft, op } of pending) this.#failed(draft, op, null);
  }
}
