/** Schemas as people read them: like TypeScript's types, as HTML, with links to those that have a name. */
import type { Schema } from "../../api/schema.ts";
import { escaped, tag } from "./html.ts";

type Schemas = Readonly<Record<string, Schema>>;

/** On one line; an object inside of another stands in it. */
export function notation(schema: Schema): string {
  if (typeof schema.$ref === "string") return link(schema.$ref.split("/").at(-1) ?? "");
  if ("const" in schema) return escaped(JSON.stringify(schema.const));
  if (Array.isArray(schema.enum)) return schema.enum.map((value) => escaped(JSON.stringify(value))).join(" | ");
  const choices = (schema.oneOf ?? schema.anyOf) as readonly Schema[] | undefined;
  if (choices !== undefined) return choices.map(notation).join(" | ");
  switch (schema.type) {
    case "array":
      return listNotation(schema.items as Schema);
    case "object":
      return objectNotation(schema);
    case "integer":
      return `integer${rangeOf(schema)}`;
    case undefined:
      return "any JSON";
    default:
      return String(schema.type);
  }
}

function listNotation(items: Schema): string {
  const item = notation(items);
  return item.includes(" | ") ? `(${item})[]` : `${item}[]`;
}

function objectNotation({ properties, required, additionalProperties, propertyNames }: Schema): string {
  if (additionalProperties !== undefined)
    return `{ [${notation((propertyNames ?? {}) as Schema)}]: ${notation(additionalProperties as Schema)} }`;
  if (properties === undefined) return "object";
  const fields = fieldsOf({ properties, required }).map(({ name, schema }) => `${name}: ${notation(schema)}`);
  return fields.length === 0 ? "{}" : `{ ${fields.join(", ")} }`;
}

function rangeOf({ minimum, maximum }: Schema): string {
  if (maximum === Number.MAX_SAFE_INTEGER) return rangeOf({ minimum });
  if (maximum !== undefined) return ` ${minimum} to ${maximum}`;
  return minimum === undefined ? "" : ` ≥ ${minimum}`;
}

interface Field {
  /** With `?` if it may be absent. */
  readonly name: string;
  readonly schema: Schema;
}

export function fieldsOf({ properties, required = [] }: Schema): Field[] {
  return Object.entries(properties as Schemas).map(([name, schema]) => ({
    name: (required as readonly string[]).includes(name) ? name : `${name}?`,
    schema,
  }));
}

const link = (name: string) => tag("a", escaped(name), { href: `#${name}` });
