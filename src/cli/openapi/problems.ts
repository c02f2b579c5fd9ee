/** The refusals of the document: one response for each set of codes that some route has for one status. */
import type { Route } from "../../api/route.ts";
import { ROUTES } from "../../api/routes.ts";
import { ref, TEXT } from "../../api/schema.ts";
import { CODES, type Code } from "../../protocol/codes.ts";
import { refusalsOf } from "./refusals.ts";
import type { DocumentedResponse, Reference } from "./types.ts";

export const PROBLEM_TYPE = "application/problem+json";

export const HEADERS = {
  RetryAfter: { description: "Seconds until it is worth another try.", schema: { type: "integer", minimum: 0 } },
  Authenticate: { description: "`Bearer`.", schema: TEXT },
  Upgrade: { description: "`websocket`.", schema: TEXT },
};

const header = (name: keyof typeof HEADERS) => ({ $ref: `#/components/headers/${name}` });

const nameOf = (codes: readonly Code[]) => codes.join("-or-");
const OTHER = "other";

/** By status, and what may be added to them. */
export function refusalsFor(route: Route, path: string): Record<string, Reference> {
  const own = [...refusalsOf(route, path)].map(([status, codes]) => [status, response(nameOf(codes))]);
  return { ...Object.fromEntries(own), default: response(OTHER) };
}

const response = (name: string): Reference => ({ $ref: `#/components/responses/${name}` });

/** The codes that a response may have; null: it is no refusal. */
export function codesOf({ content }: DocumentedResponse): readonly Code[] | null {
  const problem = content?.[PROBLEM_TYPE]?.schema as { properties?: { code: { enum: Code[] } } } | undefined;
  return problem === undefined ? null : (problem.properties?.code.enum ?? []);
}

/** By name: those that some route has, and whatever may be added. */
export function refusals(): Record<string, DocumentedResponse> {
  const found: Record<string, DocumentedResponse> = {
    [OTHER]: {
      description: "Any other refusal, of a later version too: go by its status.",
      content: { [PROBLEM_TYPE]: { schema: ref("Problem") } },
    },
  };
  for (const route of Object.values<Route>(ROUTES))
    for (const path of route.paths)
      for (const [status, codes] of refusalsOf(route, path)) found[nameOf(codes)] ??= refusal(status, codes);
  return found;
}

/** The problem, narrowed to these codes. */
function refusal(status: number, codes: readonly Code[]): DocumentedResponse {
  const schema = {
    ...ref("Problem"),
    properties: { status: { const: status }, code: { enum: codes } },
  };
  const headers = {
    ...(codes.some((code) => CODES[code].retryable && status !== 500) ? { "Retry-After": header("RetryAfter") } : {}),
    ...(status === 401 ? { "WWW-Authenticate": header("Authenticate") } : {}),
    ...(status === 426 ? { Upgrade: header("Upgrade") } : {}),
  };
  return {
    description: codes.map((code) => `\`${code}\`: ${CODES[code].title}.`).join(" "),
    ...(Object.keys(headers).length > 0 ? { headers } : {}),
    content: { [PROBLEM_TYPE]: { schema } },
  };
}
