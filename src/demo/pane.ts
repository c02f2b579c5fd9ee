/** One person's window: who is there, what was said, and a place to say something. */
import { Badge } from "./badge.ts";
import { disturbances } from "./disturb.ts";
import { el } from "./element.ts";
import type { Person } from "./person.ts";
import type { Session } from "./session.ts";
import { snippet } from "./snippet.ts";
import { Transcript } from "./transcript.ts";
import { Typing } from "./typing.ts";

export class Pane {
  readonly element: HTMLElement;
  readonly #person: Person;
  readonly #input: HTMLInputElement;
  readonly #typing: Typing;

  constructor(person: Person, session: Session) {
    this.#person = person;
    const { room, someone } = person;
    const { name, user } = someone;
    const nameOf = nameIn(person, session);
    const badge = new Badge();
    const presence = el("p", { class: "presence" });
    const transcript = new Transcript({
      own: user,
      nameOf,
      label: `What ${name} sees`,
      before: (message, limit) => person.before(message, limit),
    });
    this.#typing = new Typing(room, user, nameOf);
    this.#input = el("input", {
      type: "text",
      placeholder: `Say something as ${name}`,
      "aria-label": `Say something as ${name}`,
      autocomplete: "off",
      maxlength: "2000",
    });
    const form = el("form", {}, this.#input, el("button", { text: "Send", class: "send" }));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#input.addEventListener("input", () => this.#typing.pressed());

    room.on("message", (message) => transcript.add(message));
    room.on("state", (state) => badge.show(state));
    room.on("presence", () => {
      const others = room.members.filter((member) => member.user !== user).map((member) => nameOf(member.user));
      presence.textContent = others.length === 0 ? "alone here" : `with ${others.join(", ")}`;
    });
    badge.show(room.state);

    const avatar = el("span", { class: "avatar", "aria-hidden": "true", text: name.slice(0, 1) });
    const who = el("div", { class: "who" }, el("h2", { text: name }), presence);
    this.element = el(
      "section",
      { class: `pane person-${someone.person}`, "aria-label": `${name}'s window` },
      el("header", {}, avatar, who, badge.element),
      transcript.element,
      this.#typing.element,
      form,
      disturbances(person),
      snippet(person, session),
    );
  }

  /** As if the person typed it, letter by letter. */
  async type(text: string, msPerLetter: number): Promise<void> {
    for (const letter of text) {
      // Whoever comes to type themselves is not disturbed.
      if (document.activeElement === this.#input) return;
      this.#input.value += letter;
      this.#typing.pressed();
      await new Promise((resolve) => setTimeout(resolve, msPerLetter));
    }
    if (document.activeElement === this.#input) return;
    this.#submit();
  }

  #submit(): void {
    const text = this.#input.value.trim();
    if (text === "") return;
    this.#input.value = "";
    this.#typing.sent();
    // What is refused is not counted, and the inspector has the frame that says why.
    this.#person.say(text).catch(() => undefined);
  }
}

/** What a user is called: as their token says, or as this session has it. */
export function nameIn({ room }: Person, { people }: Session): (user: string) => string {
  return (user) => {
    const name = room.members.find((member) => member.user === user)?.info?.name;
    if (typeof name === "string") return name;
    return people.find((someone) => someone.user === user)?.name ?? user;
  };
}
