/** The tables in README.md and SPEC.md that are made from the code, so that they cannot say anything else. */
import { SETTINGS, type Setting, VARIABLES } from "../../config.ts";
import { CODES, type CodeFacts, comebackAfter } from "../../protocol/codes.ts";

/** By the name between the markers `<!-- begin NAME -->` and `<!-- end NAME -->`. */
export const TABLES: Readonly<Record<string, () => string>> = {
  variables: () =>
    table(
      ["variable", "what it is"],
      Object.entries(VARIABLES).map(([name, { secret, about }]) => [
        `\`${name}\``,
        secret ? `${about} (secret)` : about,
      ]),
    ),
  settings: () =>
    table(
      ["variable", "unit", "default", "range", "what it limits"],
      Object.entries<Setting>(SETTINGS).map(([name, { unit, default: value, min, max, about, zero }]) => [
        `\`${name}\``,
        unit,
        amount(value, unit),
        `${amount(min, unit)} to ${amount(max, unit)}`,
        zero === undefined ? about : `${about}; 0: ${zero}`,
      ]),
    ),
  codes: () =>
    table(
      ["code", "HTTP", "close", "same request again?", "meaning"],
      Object.entries<CodeFacts>(CODES).map(([code, { status, title, retryable }]) => [
        `\`${code}\``,
        String(status),
        String(4000 + status),
        retryable ? "later" : COMEBACK[comebackAfter(4000 + status)],
        title,
      ]),
    ),
};

const COMEBACK = { retry: "no", "new-token": "with a new token", final: "no" };

const SIZES = [
  ["MiB", 1024 * 1024],
  ["KiB", 1024],
] as const;
const DURATIONS = [
  ["h", 3_600_000],
  ["min", 60_000],
  ["s", 1000],
] as const;

/** A number as people write it: 65536 bytes are 64 KiB. */
export function amount(value: number, unit: Setting["unit"]): string {
  const scales = unit === "bytes" ? SIZES : unit === "ms" ? DURATIONS : [];
  for (const [name, size] of scales) if (value >= size && value % size === 0) return `${value / size} ${name}`;
  return value.toLocaleString("en-US");
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** `text` with every table between its markers made anew. */
export function withTables(text: string): string {
  return text.replace(/(<!-- begin (\w+) -->\n)[\s\S]*?(<!-- end \2 -->)/g, (whole, begin, name, end) => {
    const make = TABLES[name];
    return make === undefined ? whole : `${begin}${make()}\n${end}`;
  });
}
