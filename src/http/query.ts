/** Reads query parameters strictly: what is out of its range or set, or comes twice, is 400 and never clamped. */
import type {
  ChoiceParameter,
  ListParameter,
  Parameter,
  TextParameter,
  WholeNumberParameter,
} from "../api/parameters.ts";
import { type Cursor, parseCursor } from "../protocol/cursor.ts";
import { refuse } from "./problem.ts";

const WHOLE_NUMBER = /^(0|[1-9][0-9]{0,15})$/;

/** What stands for a parameter that is not given. */
type Absent<P extends Parameter> = P extends { readonly default: infer Default } ? Default : null;

export class Query {
  readonly #parameters: URLSearchParams;

  constructor(url: string) {
    this.#parameters = new URL(url).searchParams;
  }

  /** As it was given; null if it was not. */
  text({ name }: Pick<Parameter, "name">): string | null {
    const values = this.#parameters.getAll(name);
    if (values.length > 1) refuse("bad_request", `"${name}" may be given once.`);
    return values[0] ?? null;
  }

  /** Of one that may be given several times. */
  all({ name }: ListParameter): string[] {
    return this.#parameters.getAll(name);
  }

  wholeNumber<P extends WholeNumberParameter>(parameter: P): number | Absent<P> {
    const text = this.text(parameter);
    const { name, least, most, default: absent = null } = parameter;
    if (text === null) return absent as Absent<P>;
    // `Number` alone would take "", "0x10", "1e3" and " 7 ".
    const value = WHOLE_NUMBER.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    return refuse("bad_request", `"${name}" must be a whole number from ${least} to ${most}.`);
  }

  oneOf<P extends ChoiceParameter>(parameter: P): P["choices"][number] | Absent<P> {
    const text = this.text(parameter);
    const { name, choices, default: absent = null } = parameter;
    if (text === null) return absent as Absent<P>;
    return (
      choices.find((choice) => choice === text) ?? refuse("bad_request", `"${name}" must be ${choices.join(" or ")}.`)
    );
  }

  cursor(parameter: TextParameter): Cursor | null {
    const text = this.text(parameter);
    if (text === null) return null;
    return (
      parseCursor(text) ??
      refuse("bad_cursor", `"${parameter.name}" must be a cursor, "<epoch>-<seq>", as the service gave it.`)
    );
  }
}
