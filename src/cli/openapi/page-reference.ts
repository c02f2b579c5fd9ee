/** What the page's entries refer to: how requests are refused, and what bodies and answers are made of. */
import { CODES, type CodeFacts } from "../../protocol/codes.ts";
import { escaped, prose, table, tag } from "./html.ts";
import { fieldsOf, notation } from "./notation.ts";
import type { OpenApiDocument } from "./types.ts";

/** Where a code is explained. */
export const anchorOf = (code: string) => `code-${code}`;

export function refusals(): string {
  const rows = Object.entries<CodeFacts>(CODES).map(([code, { status, title, retryable }]) => [
    tag("code", code, { id: anchorOf(code) }),
    String(status),
    escaped(title),
    retryable ? "later" : "no",
  ]);
  return table("Every code", ["code", "status", "meaning", "same request again?"], rows);
}

export function schemas(all: OpenApiDocument["components"]["schemas"]): string {
  return Object.entries(all)
    .map(([name, schema]) => {
      const { description, pattern } = schema as { description?: string; pattern?: string };
      const isPlain = Object.keys((schema.properties ?? {}) as object).length === 0;
      const whole = isPlain
        ? tag("p", tag("code", notation(schema)) + (pattern === undefined ? "" : `, ${tag("code", escaped(pattern))}`))
        : table(
            `Fields of ${name}`,
            ["field", "value", "what it is"],
            fieldsOf(schema).map((field) => [
              tag("code", escaped(field.name)),
              tag("code", notation(field.schema)),
              prose((field.schema as { description?: string }).description ?? ""),
            ]),
          );
      return tag("article", tag("h3", escaped(name)) + tag("p", prose(description ?? "")) + whole, { id: name });
    })
    .join("\n");
}
