/** The OpenAPI document as the tests of it read it: operations one by one, schemas that can be asked. */
import { type Schema as JsonSchema, Validator } from "@cfworker/json-schema";
import type { Schema } from "../../../src/api/schema.ts";
import { openApiDocument } from "../../../src/cli/openapi/document.ts";
import { codesOf, PROBLEM_TYPE } from "../../../src/cli/openapi/problems.ts";
import type { DocumentedParameter, DocumentedResponse, Operation, Reference } from "../../../src/cli/openapi/types.ts";

export const document = openApiDocument();

export interface Described extends Operation {
  readonly method: string;
  /** `/v1/rooms/{id}/messages` */
  readonly path: string;
}

export const OPERATIONS: readonly Described[] = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ ...operation, method: method.toUpperCase(), path })),
);

export function parametersOf({ parameters = [] }: Described, where: DocumentedParameter["in"]): DocumentedParameter[] {
  return parameters.filter((parameter) => parameter.in === where);
}

export function bodyOf({ requestBody }: Described): { schema: Schema; examples: unknown[] } | null {
  const json = requestBody?.content["application/json"];
  return json === undefined
    ? null
    : { schema: json.schema, examples: Object.values(json.examples ?? {}).map(({ value }) => value) };
}

function responseTo({ responses }: Operation, status: number): DocumentedResponse | null {
  const found: DocumentedResponse | Reference | undefined = responses[status];
  if (found === undefined || !("$ref" in found)) return found ?? null;
  return document.components.responses[found.$ref.split("/").at(-1) ?? ""] ?? null;
}

/** Every way to be answered: `201`, `400 bad_json`. */
export function answersOf(operation: Operation): string[] {
  const statuses = Object.keys(operation.responses).filter((status) => status !== "default");
  return statuses.flatMap((status) => {
    const codes = codesOf(responseTo(operation, Number(status)) ?? { description: "" });
    return codes === null ? [status] : codes.map((code) => `${status} ${code}`);
  });
}

/** What is wrong with an answer, by the document; and which of `answersOf` it is. */
export function judge(
  operation: Operation,
  answer: { status: number; headers: Headers; text: string },
): { is: string; faults: string[] } {
  const { status, headers, text } = answer;
  const response = responseTo(operation, status);
  if (response === null) return { is: String(status), faults: [`${status} is not documented: ${text}`] };
  const faults: string[] = [];
  const type = headers.get("content-type")?.split(";")[0] ?? null;
  const media = Object.entries(response.content ?? {})[0] ?? null;
  if (type !== (media?.[0] ?? null)) faults.push(`content-type is ${type}`);
  if (media === null) return { is: String(status), faults: text === "" ? faults : [...faults, `a body: ${text}`] };
  if (!media[0].endsWith("json")) return { is: String(status), faults };
  const body = JSON.parse(text);
  for (const name of Object.keys(response.headers ?? {}))
    if (!headers.has(name) && (name !== "Retry-After" || body.retryable)) faults.push(`${name} is missing`);
  const code = media[0] === PROBLEM_TYPE ? ` ${body.code}` : "";
  return { is: `${status}${code}`, faults: [...faults, ...faultsOf(media[1].schema, body, "strict")] };
}

/** What is wrong with `value`. `strict`: an object may hold nothing that is not documented. */
export function faultsOf(schema: Schema, value: unknown, how: "strict" | "growing" = "growing"): string[] {
  const key = `${how} ${JSON.stringify(schema)}`;
  let validator = validators.get(key);
  if (validator === undefined) {
    const whole = structuredClone({ ...schema, components: { schemas: document.components.schemas } });
    validator = new Validator((how === "strict" ? closed(whole) : whole) as JsonSchema, "2020-12", false);
    validators.set(key, validator);
  }
  return validator.validate(value).errors.map(({ instanceLocation, error }) => `${instanceLocation}: ${error}`);
}

const validators = new Map<string, Validator>();

/** Of the same schema, without the room to grow that its objects have. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== "object" || schema === null) return schema;
  const inner = Object.fromEntries(Object.entries(schema).map(([name, value]) => [name, closed(value)]));
  const isOpen = inner.type === "object" && "properties" in inner && !("additionalProperties" in inner);
  return isOpen ? { ...inner, additionalProperties: false } : inner;
}
