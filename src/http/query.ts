/** Reads query parameters strictly: what is out of its range or set, or comes twice, is 400 and never clamped. */
import { type Cursor, parseCursor } from "../protocol/cursor.ts";
import { refuse } from "./problem.ts";

const WHOLE_NUMBER = /^(0|[1-9][0-9]{0,15})$/;

export class Query {
  readonly #parameters: URLSearchParams;

  constructor(url: string) {
    this.#parameters = new URL(url).searchParams;
  }

  /** Null if it is not there. */
  text(name: string): string | null {
    const values = this.#parameters.getAll(name);
    if (values.length > 1) refuse("bad_request", `"${name}" may be given once.`);
    return values[0] ?? null;
  }

  wholeNumber(name: string, least: number, most: number): number | null {
    const text = this.text(name);
    if (text === null) return null;
    // `Number` alone would take "", "0x10", "1e3" and " 7 ".
    const value = WHOLE_NUMBER.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    return refuse("bad_request", `"${name}" must be a whole number from ${least} to ${most}.`);
  }

  oneOf<Choice extends string>(name: string, choices: readonly Choice[]): Choice | null {
    const text = this.text(name);
    if (text === null) return null;
    return (
      choices.find((choice) => choice === text) ?? refuse("bad_request", `"${name}" must be ${choices.join(" or ")}.`)
    );
  }

  cursor(name: string): Cursor | null {
    const text = this.text(name);
    if (text === null) return null;
    return (
      parseCursor(text) ?? refuse("bad_cursor", `"${name}" must be a cursor, "<epoch>-<seq>", as the service gave it.`)
    );
  }
}
