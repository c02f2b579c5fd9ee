/** One request to the service, and what went wrong with it. */
import { isObject, parseJson } from "../protocol/json.ts";
import type { Environment } from "./environment.ts";
import { EdgewireError } from "./errors.ts";

export interface RequestOptions {
  readonly token: string | null;
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
}

/** The JSON of the answer. Rejects with an `EdgewireError`, or with the signal's reason. */
export async function request<Answer>(
  { fetch }: Pick<Environment, "fetch">,
  method: string,
  url: string,
  { token, body, signal }: RequestOptions,
): Promise<Answer> {
  const headers: Record<string, string> = {};
  if (token !== null) headers.authorization = `Bearer ${token}`;
  if (body !== undefined) headers["content-type"] = "application/json";
  const init: RequestInit = { method, headers };
  if (body !== undefined) init.body = JSON.stringify(body);
  if (signal !== undefined) init.signal = signal;
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, init);
    text = await response.text();
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new EdgewireError("unreachable", "The service cannot be reached.");
  }
  const value = text === "" ? null : parseJson(text);
  if (response.ok && value !== undefined) return value as Answer;
  throw errorOf(response, value);
}

/** What a refusal says; an answer that is none of the service's own (a proxy's page) says only its status. */
export function errorOf(response: Response, value: unknown): EdgewireError {
  const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
  const retryAfter = Number.isFinite(seconds) ? seconds * 1000 : undefined;
  if (isObject(value) && typeof value.code === "string")
    return new EdgewireError(value.code, String(value.detail ?? value.title ?? value.code), retryAfter);
  const isPassing = response.status >= 500 || response.status === 429;
  return new EdgewireError(
    isPassing ? "unreachable" : "bad_request",
    `The service answered ${response.status}.`,
    retryAfter,
  );
}
