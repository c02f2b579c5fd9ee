import { EdgewireError, type Receipt, type Room, type RoomEvents } from "../../../../src/client/index.ts";

type Names = keyof RoomEvents<unknown>;

/** What a chat uses of a room; the test says what happens in it. */
export class FakeRoom {
  readonly user = "alice";
  readonly members = [{ user: "alice", data: null, since: 0, connections: 1 }];
  readonly count = 1;
  readonly published: string[] = [];
  cursor: string | null = null;
  isLeft = false;
  /** The seq of the last message in the log; null: one may not know. */
  head: number | null = 0;
  #isClosed = false;
  readonly #handlers = new Map<string, (value: never) => void>();
  #waiting: PromiseWithResolvers<Receipt>[] = [];

  on(name: Names, handler: (value: never) => void): void {
    this.#handlers.set(name, handler);
  }

  publish({ text }: { text: string }): Promise<Receipt> {
    const answer = Promise.withResolvers<Receipt>();
    this.published.push(text);
    this.#waiting.push(answer);
    return answer.promise;
  }

  async history(): Promise<{ messages: { seq: number }[] }> {
    if (this.head === null) throw new EdgewireError("forbidden", "no");
    return { messages: this.head === 0 ? [] : [{ seq: this.head }] };
  }

  leave(): void {
    this.isLeft = true;
    this.close(1000, "");
  }

  // ---- what happens

  connect(): void {
    this.#emit("state", { name: "connected", tries: 0, since: 0, transport: "websocket" });
  }

  lose(code: number, reason: string, tries: number): void {
    this.#emit("state", { name: "waiting", tries, retryAt: 0, code, reason });
  }

  close(code: number, reason: string): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { reject } of waiting) reject(new EdgewireError("closed", "The subscription is closed."));
    this.#emit("state", { name: "closed", code, reason });
  }

  message(seq: number): void {
    this.cursor = `k3f9x2ab-${seq}`;
    this.#emit("message", { seq, id: `${seq}`, user: "bob", at: 0, event: "message", data: seq });
  }

  presence(joined: string[], left: string[]): void {
    this.#emit("presence", { joined: joined.map((user) => ({ user })), left: left.map((user) => ({ user })) });
  }

  /** Answers the oldest publish: with its seq, or with a refusal. */
  answer(outcome: number | EdgewireError): void {
    const { resolve, reject } = this.#waiting.shift() as PromiseWithResolvers<Receipt>;
    if (outcome instanceof EdgewireError) reject(outcome);
    else resolve({ seq: outcome, cursor: `k3f9x2ab-${outcome}`, id: "", at: 0 });
  }

  #emit(name: Names, value: Partial<Room["state"]> | object): void {
    this.#handlers.get(name)?.(value as never);
  }
}
