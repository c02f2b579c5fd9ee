/** The chat without its terminal: a room of the SDK on one side, lines of text on the other. */
import { EdgewireError, type Room } from "../../client/index.ts";
import { comebackAfter } from "../../protocol/codes.ts";
import { gapLine, messageLine, presenceLines, welcomeLine } from "./lines.ts";

export interface ChatParts {
  readonly room: Room;
  /** Of the room. */
  readonly name: string;
  print(as: "said" | "note" | "error", line: string): void;
  /** It is over; called once. `code`: of the process. */
  ended(code: 0 | 1): void;
}

type State = Room["state"];

/** ms of silence after which what was to be seen before leaving will not come any more. */
const LINGER = 5_000;
/** Failures in a row (about half a minute) after which piped input is given up: a script must not hang for ever. */
const GIVE_UP_AFTER = 8;
/**
 * Fresh tokens that may be refused in a row, and the ms that this must take, until the secret is taken to be the wrong one: a
 * log-out refuses every token of its own second.
 */
const MOST_REFUSED_TOKENS = 3;
const REFUSED_FOR = 2_000;

export class Chat {
  readonly #parts: ChatParts;
  /** Lines that are not confirmed. */
  #waiting = 0;
  #isRefused = false;
  #hasInputEnded = false;
  #isLeaving = false;
  #isOver = false;
  #refusedTokens = 0;
  #refusedSince = 0;
  /** What the user was last told about the connection. */
  #told: "nothing" | "no connection yet" | "connected" | "lost" = "nothing";
  /** The seq of one's own last message. */
  #own = 0;
  /** That of the last one that there was when the input ended; null: not asked yet. */
  #head: number | null = null;
  #linger: ReturnType<typeof setTimeout> | undefined;

  constructor(parts: ChatParts) {
    this.#parts = parts;
    const { room, print } = parts;
    room.on("state", (state) => this.#state(state));
    room.on("gap", (gap) => print("note", gapLine(gap)));
    room.on("message", (message) => {
      print("said", messageLine(message));
      this.#proceed();
    });
    room.on("presence", (change) => {
      // Who was there already is in the first line.
      if (this.#told === "connected") for (const line of presenceLines(change)) print("note", line);
    });
  }

  /** Lines that are typed and not confirmed. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Says `text`, in its order, as soon as there is a connection. */
  async line(text: string): Promise<void> {
    if (text.trim() === "") return;
    this.#waiting++;
    try {
      const { seq } = await this.#parts.room.publish({ text });
      this.#own = Math.max(this.#own, seq);
    } catch (error) {
      // What the end of the chat took along is counted, not told line by line.
      if (this.#isOver || (error instanceof EdgewireError && error.code === "closed")) return;
      this.#isRefused = true;
      const why = error instanceof EdgewireError ? `${error.message} (${error.code})` : String(error);
      this.#parts.print("error", `Not sent: "${shortened(text)}": ${why}`);
    }
    this.#waiting--;
    this.#proceed();
  }

  /** There will be no more lines: leaves when all are confirmed, and the past that was asked for has been shown. */
  endOfInput(): void {
    this.#hasInputEnded = true;
    this.#proceed();
  }

  /** Leaves now. */
  quit(): void {
    if (this.#isOver) return;
    this.#isLeaving = true;
    this.#parts.room.leave();
  }

  /** Leaves when there is nothing more to wait for. */
  #proceed(): void {
    clearTimeout(this.#linger);
    if (this.#isOver || !this.#hasInputEnded || this.#waiting > 0 || this.#told !== "connected") return;
    this.#linger = setTimeout(() => this.quit(), LINGER);
    if (this.#head === null) return void this.#askForHead();
    const seen = Number(this.#parts.room.cursor?.split("-")[1] ?? -1);
    if (seen >= Math.max(this.#head, this.#own)) this.quit();
  }

  async #askForHead(): Promise<void> {
    this.#head = Number.POSITIVE_INFINITY; // while it is not known, and if it may not be
    const page = await this.#parts.room.history({ order: "desc", limit: 1 }).catch(() => null);
    if (page !== null) this.#head = page.messages[0]?.seq ?? 0;
    this.#proceed();
  }

  #state(state: State): void {
    if (this.#isOver) return;
    const { room, name, print } = this.#parts;
    switch (state.name) {
      case "connecting":
        return;
      case "connected": {
        this.#refusedTokens = 0;
        if (this.#told !== "connected")
          print("note", this.#told === "lost" ? "Connected again." : welcomeLine(room, name));
        this.#told = "connected";
        this.#proceed();
        return;
      }
      case "waiting":
        return this.#lost(state);
      case "closed":
        return this.#closed(state);
      default:
        return state satisfies never;
    }
  }

  #lost(state: Extract<State, { name: "waiting" }>): void {
    const { print } = this.#parts;
    const why = whyOf(state);
    const isToken = comebackAfter(state.code) === "new-token";
    this.#refusedTokens = isToken ? this.#refusedTokens + 1 : 0;
    if (this.#refusedTokens <= 1) this.#refusedSince = Date.now();
    if (this.#refusedTokens >= MOST_REFUSED_TOKENS && Date.now() - this.#refusedSince >= REFUSED_FOR)
      return this.#fail(`The service does not accept tokens signed with this AUTH_SECRET (${why}): is it the same?`);
    if (this.#hasInputEnded && state.tries >= GIVE_UP_AFTER)
      return this.#fail(`The service cannot be reached (${why}); ${this.#unconfirmed()}.`);
    if (this.#told === "nothing") print("note", `No connection yet (${why}); trying again.`);
    if (this.#told === "connected") print("note", `Connection lost (${why}); coming back.`);
    this.#told = this.#told === "nothing" || this.#told === "no connection yet" ? "no connection yet" : "lost";
  }

  #closed(state: Extract<State, { name: "closed" }>): void {
    if (this.#isLeaving) {
      if (this.#waiting > 0) this.#parts.print("note", `Left; ${this.#unconfirmed()}.`);
      return this.#end(this.#waiting > 0 || this.#isRefused ? 1 : 0);
    }
    const isToken = comebackAfter(state.code) === "new-token";
    const what = isToken ? "does not accept the token" : "has closed the connection for good";
    this.#fail(`The service ${what} (${whyOf(state)}).`);
  }

  #fail(line: string): void {
    this.#parts.print("error", line);
    this.#end(1);
    this.#parts.room.leave();
  }

  #end(code: 0 | 1): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#linger);
    this.#parts.ended(code);
  }

  #unconfirmed(): string {
    return `${this.#waiting} ${this.#waiting === 1 ? "line is" : "lines are"} not confirmed`;
  }
}

function whyOf({ code, reason }: { readonly code: number; readonly reason: string }): string {
  return reason === "" ? `code ${code}` : `${code} ${reason}`;
}

function shortened(text: string): string {
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
