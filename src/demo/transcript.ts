/** What was said, as one of the two sees it: the newest below, what is older by scrolling back. */
import type { Message } from "../client/index.ts";
import { button, clock, el } from "./element.ts";
import { fieldsOf } from "./fields.ts";

/** Lines that are shown while one reads the newest, and at most: older ones are in the log, and come from there again. */
const SHOWN = 200;
const MOST = 1000;
/** Of one look back. */
const PAGE = 50;
/** px from an end that counts as being there. */
const NEAR = 48;

export interface TranscriptParts {
  /** Whose lines are on the right. */
  readonly own: string;
  readonly nameOf: (user: string) => string;
  readonly label: string;
  /** The newest of what is before a message. */
  readonly before: (message: Pick<Message, "seq">, limit: number) => Promise<readonly Message[]>;
}

export class Transcript {
  readonly element: HTMLElement;
  readonly #parts: TranscriptParts;
  readonly #list: HTMLElement;
  readonly #pill: HTMLButtonElement;
  #arrived: Message[] = [];
  #isDrawing = false;
  #isLookingBack = false;
  #oldest: number | null = null;
  #unread = 0;

  constructor(parts: TranscriptParts) {
    this.#parts = parts;
    this.#list = el("div", { class: "lines", role: "log", tabindex: "0", "aria-label": parts.label });
    this.#pill = button("", () => this.#toEnd(), { class: "pill", hidden: true });
    this.element = el("div", { class: "transcript" }, this.#list, this.#pill);
    this.#list.addEventListener("scroll", () => this.#scrolled(), { passive: true });
  }

  add(message: Message): void {
    this.#arrived.push(message);
    if (this.#isDrawing) return;
    this.#isDrawing = true;
    // Once for all that come together. Not by animation frames, which a hidden page has none of.
    setTimeout(() => this.#draw(), 16);
  }

  #draw(): void {
    this.#isDrawing = false;
    const isAtEnd = this.#isAtEnd;
    const arrived = this.#arrived;
    this.#arrived = [];
    const first = this.#oldest === null;
    if (first) this.#oldest = arrived[0]?.seq ?? null;
    if (!isAtEnd) this.#unread += arrived.filter(({ user }) => user !== this.#parts.own).length;
    if (arrived.length > SHOWN && isAtEnd) this.#list.replaceChildren();
    this.#list.append(...arrived.slice(-MOST).map((message) => this.#line(message)));
    if (isAtEnd) {
      this.#trim(SHOWN);
      this.#list.scrollTop = this.#list.scrollHeight;
    }
    this.#showUnread();
  }

  get #isAtEnd(): boolean {
    const { scrollTop, clientHeight, scrollHeight } = this.#list;
    return scrollTop + clientHeight >= scrollHeight - NEAR;
  }

  #trim(most: number): void {
    while (this.#list.childElementCount > most) this.#list.firstElementChild?.remove();
    this.#oldest = Number((this.#list.firstElementChild as HTMLElement | null)?.dataset.seq ?? this.#oldest);
  }

  #line({ seq, user, at, data }: Message): HTMLElement {
    const isOwn = user === this.#parts.own;
    const { text } = fieldsOf(data);
    const time = el("time", { datetime: new Date(at).toISOString(), text: clock(at) });
    const meta = el("span", { class: "meta" }, el("span", { class: "seq", text: `#${seq}` }), time);
    const line = el("div", { class: isOwn ? "line own" : "line other" });
    const previous = this.#list.lastElementChild as HTMLElement | null;
    if (previous?.dataset.user !== user) line.classList.add("first");
    line.dataset.seq = String(seq);
    line.dataset.user = user;
    line.append(
      el("span", { class: "hidden", text: `${this.#parts.nameOf(user)}: ` }),
      el("p", { text: typeof text === "string" ? text : JSON.stringify(data) }),
      meta,
    );
    return line;
  }

  #scrolled(): void {
    if (this.#isAtEnd && this.#unread > 0) {
      this.#unread = 0;
      this.#showUnread();
    }
    if (this.#list.scrollTop < NEAR) void this.#lookBack();
  }

  async #lookBack(): Promise<void> {
    if (this.#isLookingBack || this.#oldest === null || this.#oldest <= 1) return;
    this.#isLookingBack = true;
    this.#list.setAttribute("aria-busy", "true");
    try {
      const messages = await this.#parts.before({ seq: this.#oldest }, PAGE);
      const height = this.#list.scrollHeight;
      this.#list.prepend(...messages.map((message) => this.#line(message)));
      this.#oldest = messages[0]?.seq ?? 1;
      this.#list.scrollTop += this.#list.scrollHeight - height;
    } catch {
      // It is tried again at the next scroll.
    } finally {
      this.#isLookingBack = false;
      this.#list.removeAttribute("aria-busy");
    }
  }

  #showUnread(): void {
    this.#pill.hidden = this.#unread === 0;
    this.#pill.textContent = `${this.#unread} unread ↓`;
  }

  #toEnd(): void {
    this.#trim(SHOWN);
    this.#list.scrollTop = this.#list.scrollHeight;
    this.#unread = 0;
    this.#showUnread();
  }
}
