/** The README's tour, as a reader would run it: what it tells to type, and what it says will come back. */
import { readFileSync } from "node:fs";

export interface TourStep {
  /** Shell lines. */
  readonly command: string;
  /** The JSON that the README shows below them; null if it shows none. */
  readonly shows: unknown;
}

const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");

/** The steps of the section with that heading, in order. */
export function tourOf(heading: string): TourStep[] {
  const section = readme.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  const blocks = [...section.matchAll(/```(\w*)\n([\s\S]*?)```/g)].map(([, language = "", text = ""]) => ({
    language,
    text,
  }));
  return blocks.flatMap(({ language, text }, index) => {
    if (language !== "sh") return [];
    const next = blocks[index + 1];
    return [{ command: text, shows: next?.language === "json" ? JSON.parse(next.text) : null }];
  });
}

/** The commands of the section that are to be typed into terminals of their own. */
export function terminalsOf(heading: string): string[] {
  const section = readme.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  return [...section.matchAll(/^npm run join -- .*$/gm)].map(([line]) => line);
}

/** `value` with what differs from run to run (epochs, times, names of connections) made the same. */
export function timeless(value: unknown): unknown {
  const text = JSON.stringify(value)
    .replace(/"[a-z0-9]{8,16}-(\d+)"/g, '"epoch-$1"')
    .replace(/"at":\d+/g, '"at":0')
    .replace(/"connection":"[^"]+"/g, '"connection":"…"');
  return JSON.parse(text);
}
