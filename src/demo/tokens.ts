/** Where a person's tokens come from: what an application's own backend would answer. */
import type { Session, Someone } from "./session.ts";

/** ms before its end that a token is not handed out any more: the SDK asks for a fresh one 30 s before. */
const MARGIN = 35_000;

interface Minted {
  readonly token: string;
  /** ms */
  readonly expires: number;
}

export class Tokens {
  readonly #session: Session;
  readonly #someone: Someone;
  #minted: Minted | null = null;
  #seconds: number | undefined;

  constructor(session: Session, someone: Someone) {
    this.#session = session;
    this.#someone = someone;
  }

  /** Null: none was needed yet. */
  get latest(): string | null {
    return this.#minted?.token ?? null;
  }

  /** The next token lasts only so many seconds. */
  expireIn(seconds: number): void {
    this.#seconds = seconds;
    this.#minted = null;
  }

  readonly fresh = async (): Promise<string> => {
    if (this.#minted !== null && this.#minted.expires - Date.now() > MARGIN) return this.#minted.token;
    const { person, name } = this.#someone;
    const asked = { session: this.#session.id, person, name, seconds: this.#seconds };
    this.#seconds = undefined;
    const response = await fetch("/demo/tokens", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(asked),
    });
    if (!response.ok) throw new Error(`no token: ${response.status}`);
    this.#minted = (await response.json()) as Minted;
    return this.#minted.token;
  };
}
