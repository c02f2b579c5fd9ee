/** Every refusal over HTTP: RFC 9457 problem details, from one place. (SPEC HTTP-1) */
import { CODES, type Code, type Failure, failure } from "../protocol/codes.ts";

/** Thrown by whatever finds that a request cannot be served; becomes an answer in `app.ts`. */
export class Refusal extends Error {
  readonly failure: Failure;
  readonly headers: Readonly<Record<string, string>>;

  constructor(reason: Failure, headers: Readonly<Record<string, string>> = {}) {
    super(reason.detail);
    this.failure = reason;
    this.headers = headers;
  }
}

export function refuse(code: Code, detail: string, headers?: Readonly<Record<string, string>>): never {
  throw new Refusal(failure(code, detail), headers);
}

/** The answer to a refused request. Says nothing that depends on the input, and no secret. */
export function problemResponse({ failure: { code, detail, retryAfter }, headers }: Refusal): Response {
  const { status, title, retryable } = CODES[code];
  const body = { type: `urn:edgewire:${code}`, title, status, code, detail, retryable };
  const seconds = retryAfter ?? (status === 503 && retryable ? 1000 : undefined);
  return new Response(JSON.stringify(body), {
    status,
    headers: {
      "content-type": "application/problem+json",
      ...(status === 401 ? { "www-authenticate": "Bearer" } : {}),
      ...(seconds === undefined ? {} : { "retry-after": String(Math.ceil(seconds / 1000)) }),
      ...headers,
    },
  });
}
