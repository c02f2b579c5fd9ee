/** The session that SPEC.md shows, part by part, and what makes two sessions the same. */
import { readFileSync } from "node:fs";

export interface Part {
  readonly transport: "ws" | "sse" | "http";
  /** Whose it is: a user, or the `API_KEY`. */
  readonly who: string;
  /** What is sent (`>`) and what comes (`<`), in order. */
  readonly lines: readonly { readonly from: "client" | "service"; readonly text: string }[];
}

const spec = readFileSync(new URL("../../src/protocol/SPEC.md", import.meta.url), "utf8");

export function specSession(): Part[] {
  const section = spec.split("\n## A session\n")[1]?.split("\n## ")[0] ?? "";
  return [...section.matchAll(/```(ws|sse|http) (\w+)\n([\s\S]*?)\n```/g)].map(
    ([, transport, who = "", text = ""]) => ({
      transport: transport as Part["transport"],
      who,
      lines: text.split("\n").map((line) => ({
        from: line.startsWith(">") ? "client" : "service",
        text: line.slice(2),
      })),
    }),
  );
}

const CURSOR = /^([a-z0-9]{8,16})-(\d+)$/;
const TIMES = ["at", "since", "expires"];

/** One of the two: what differs from session to session gets the number of its first appearance. */
export class Telling {
  readonly epochs: string[] = [];
  readonly connections: string[] = [];

  /** JSON, a cursor or anything else, with what differs made the same. Null: nothing. */
  timeless(text: string | null): string | null {
    if (text === null || !text.startsWith("{")) return text !== null && CURSOR.test(text) ? this.#cursor(text) : text;
    return JSON.stringify(JSON.parse(text, (key, value) => this.#value(key, value)));
  }

  #value(key: string, value: unknown): unknown {
    if (TIMES.includes(key) && typeof value === "number") return "a time";
    if (typeof value !== "string") return value;
    if (key === "connection") return `connection ${number(this.connections, value)}`;
    return CURSOR.test(value) ? this.#cursor(value) : value;
  }

  #cursor(text: string): string {
    const [, epoch = "", seq] = CURSOR.exec(text) ?? [];
    return `epoch ${number(this.epochs, epoch)}, ${seq}`;
  }
}

function number(known: string[], one: string): number {
  if (!known.includes(one)) known.push(one);
  return known.indexOf(one);
}
