/** One operation on the page: what it does, what it takes, how to try it, what is answered. */
import { curlOf, socketOf } from "./example.ts";
import { code, escaped, prose, table, tag } from "./html.ts";
import { notation } from "./notation.ts";
import { anchorOf } from "./page-reference.ts";
import { codesOf } from "./problems.ts";
import type { DocumentedParameter, DocumentedResponse, OpenApiDocument, Operation, Reference } from "./types.ts";

export interface Entry {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
  /** The same operation of an inbox. */
  readonly twin: string | null;
}

type Responses = OpenApiDocument["components"]["responses"];

export function article({ method, path, operation, twin }: Entry, responses: Responses): string {
  const { operationId, summary, description, parameters = [] } = operation;
  const given = parameters.filter((parameter) => parameter.in !== "path");
  const body = operation.requestBody?.content["application/json"];
  const isSocket = "101" in operation.responses;
  const heading = `${tag("b", method.toUpperCase(), { class: method })} ${tag("code", escaped(path))}`;
  return tag(
    "article",
    [
      tag("h3", tag("a", escaped(summary), { href: `#${operationId}` })),
      tag("p", heading, { class: "route" }),
      tag("p", prose(description)),
      twin === null ? "" : tag("p", prose(`The same for an inbox, \`${twin}\`; guests have none (\`not_found\`).`)),
      given.length > 0 ? parameterTable(given, summary) : "",
      body === undefined ? "" : tag("p", `Body: ${tag("code", notation(body.schema))}`),
      code(isSocket ? socketOf(path) : curlOf(method, path, operation)),
      answers(operation, responses),
    ].join("\n"),
    { id: operationId },
  );
}

function parameterTable(parameters: readonly DocumentedParameter[], summary: string): string {
  return table(
    `Parameters: ${summary}`,
    ["parameter", "value", "what it is"],
    parameters.map(({ name, in: where, required, description, schema, content }) => [
      tag("code", escaped(name)) + (where === "header" ? " (header)" : "") + (required ? " (required)" : ""),
      tag("code", notation(schema ?? {})) +
        (schema?.default === undefined ? "" : `, else ${tag("code", escaped(String(schema.default)))}`) +
        (content === undefined ? "" : " as text"),
      prose(description),
    ]),
  );
}

function answers({ responses }: Operation, shared: Responses): string {
  const found = Object.entries(responses)
    .filter(([status]) => status !== "default")
    .map(([status, response]) => ({ status, response: resolved(response, shared) }));
  const good = found
    .filter(({ response }) => codesOf(response) === null)
    .map(({ status, response: { description, content } }) => {
      const [type = "", media] = Object.entries(content ?? {})[0] ?? [];
      const what = type === "application/json" && media !== undefined ? notation(media.schema) : escaped(type);
      return tag("li", `${tag("b", status)} ${prose(description)} ${what === "" ? "" : tag("code", what)}`);
    });
  const refused = found.flatMap(({ status, response }) => {
    const codes = codesOf(response) ?? [];
    const links = codes.map((code) => tag("a", tag("code", code), { href: `#${anchorOf(code)}` }));
    return links.length === 0 ? [] : `${tag("b", status)} ${links.join(" ")}`;
  });
  const last = refused.length > 0 ? tag("li", `Refusals: ${refused.join(", ")}`, { class: "refusals" }) : "";
  return tag("ul", good.join("") + last, { class: "answers" });
}

function resolved(response: DocumentedResponse | Reference, shared: Responses): DocumentedResponse {
  if (!("$ref" in response)) return response;
  const found = shared[response.$ref.split("/").at(-1) ?? ""];
  if (found === undefined) throw new Error(`there is no ${response.$ref}`);
  return found;
}
