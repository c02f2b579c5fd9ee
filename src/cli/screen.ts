import { clearScreenDown, cursorTo, type Interface, moveCursor } from "node:readline";
import { printable } from "./printable.ts";

const GREY = "\x1b[90m";
const RED = "\x1b[31m";
const PLAIN = "\x1b[0m";

/** Prints lines above the one that is being typed. Everything from the network goes through `printable` here. */
export class Screen {
  readonly #input: Interface;
  readonly #interactive: boolean;
  #typing: boolean;

  constructor(input: Interface) {
    this.#input = input;
    this.#interactive = input.terminal;
    this.#typing = input.terminal;
    // After a Ctrl-D there is still something to print, but nothing to type.
    input.once("close", () => {
      this.#typing = false;
    });
  }

  print(as: "said" | "note" | "error", line: string): void {
    const text = printable(line);
    if (!this.#interactive) {
      (as === "error" ? process.stderr : process.stdout).write(`${text}\n`);
      return;
    }
    const colour = process.env.NO_COLOR ? "" : { said: "", note: GREY, error: RED }[as];
    this.#clearInput();
    process.stdout.write(`${colour}${text}${colour === "" ? "" : PLAIN}\n`);
    if (this.#typing) this.#input.prompt(true);
  }

  /** Takes the line just typed off the screen: it appears when the service sends it, in its place among the others. */
  forgetTypedLine(line: string): void {
    if (!this.#typing) return;
    const rows = Math.floor((this.#input.getPrompt().length + line.length) / process.stdout.columns) + 1;
    moveCursor(process.stdout, 0, -rows);
    cursorTo(process.stdout, 0);
    clearScreenDown(process.stdout);
    this.#input.prompt();
  }

  /** Leaves the terminal as it was found. */
  close(): void {
    this.#clearInput();
    if (this.#typing) this.#input.close();
  }

  #clearInput(): void {
    if (!this.#typing) return;
    moveCursor(process.stdout, 0, -this.#input.getCursorPos().rows);
    cursorTo(process.stdout, 0);
    clearScreenDown(process.stdout);
  }
}
