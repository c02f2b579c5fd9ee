/** JSON Schema (2020-12) as plain data, as far as it is needed here. */
export interface Schema {
  readonly [keyword: string]: unknown;
}

/** The one of that name in `schemas.ts`. */
export function ref(name: string): Schema {
  return { $ref: `#/components/schemas/${name}` };
}

type Properties = Readonly<Record<string, Schema>>;

/** An object that has all of `required` and may have the others. More may be added within v1. (SPEC GROW-1) */
export function object(required: Properties, optional: Properties = {}): Schema {
  const names = Object.keys(required);
  return {
    type: "object",
    ...(names.length > 0 ? { required: names } : {}),
    properties: { ...required, ...optional },
  };
}

export function listOf(items: Schema, limits: { minItems?: number; maxItems?: number } = {}): Schema {
  return { type: "array", items, ...limits };
}

/** An object used as a map. */
export function mapOf(names: Schema, values: Schema): Schema {
  return { type: "object", propertyNames: names, additionalProperties: values };
}

export function oneOf(...choices: readonly Schema[]): Schema {
  return { oneOf: choices };
}

/** `value` or null. */
export function orNull(value: Schema): Schema {
  return { anyOf: [value, { type: "null" }] };
}

/** The same, described for where it stands. */
export function about(description: string, schema: Schema): Schema {
  return { ...schema, description };
}

export const BOOLEAN: Schema = { type: "boolean" };
export const TEXT: Schema = { type: "string" };
/** How many. */
export const COUNT: Schema = { type: "integer", minimum: 0 };
