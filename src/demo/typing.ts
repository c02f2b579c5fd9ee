/** "… is typing": signals, which nobody stores, sent while somebody types and shown for a little longer. */
import type { Room } from "../client/index.ts";
import { el } from "./element.ts";

/** ms between two signals, and after the last until it is not shown any more. */
const EVERY = 1500;
const SHOWN = 3000;

export class Typing {
  readonly element = el("p", { class: "typing" });
  readonly #room: Room;
  #sentAt = 0;
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();

  constructor(room: Room, own: string, nameOf: (user: string) => string) {
    this.#room = room;
    const show = () => {
      const names = [...this.#timers.keys()].map(nameOf);
      this.element.textContent = names.length === 0 ? "" : `${names.join(", ")} is typing`;
      this.element.classList.toggle("on", names.length > 0);
    };
    const stop = (user: string) => {
      clearTimeout(this.#timers.get(user));
      this.#timers.delete(user);
      show();
    };
    room.on("signal", ({ event, user }) => {
      if (event !== "typing" || user === own) return;
      clearTimeout(this.#timers.get(user));
      this.#timers.set(
        user,
        setTimeout(() => stop(user), SHOWN),
      );
      show();
    });
    room.on("message", ({ user }) => stop(user));
  }

  /** The person here has pressed a key. */
  pressed(): void {
    if (Date.now() - this.#sentAt < EVERY) return;
    if (this.#room.signal("typing")) this.#sentAt = Date.now();
  }

  sent(): void {
    this.#sentAt = 0;
  }
}
