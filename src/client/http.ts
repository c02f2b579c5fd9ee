/** One request to the service, and what went wrong with it. */
import { isObject, parseJson } from "../protocol/json.ts";
import { onAbort } from "./abort.ts";
import type { ConnectionOptions } from "./attempt.ts";
import type { Environment } from "./environment.ts";
import { EdgewireError, isPassing } from "./errors.ts";
import { type Query, urlOf } from "./link.ts";

/** ms after which an answer does not come any more. */
const PATIENCE = 20_000;

export interface RequestOptions {
  readonly token: string | null;
  readonly body?: unknown;
  /** Any of them ends it. */
  readonly signals?: readonly (AbortSignal | undefined)[];
  /** ms */
  readonly patience?: number;
  /** Reads an answer that is a stream; then there is no other, and the patience is for all of it. */
  readonly read?: (body: ReadableStream<Uint8Array>) => Promise<unknown>;
}

type Http = Pick<Environment, "fetch" | "setTimeout" | "clearTimeout">;

/** The JSON of the answer, null if it is empty. Rejects with an `EdgewireError`, or with the reason of the signal that ended it. */
export async function request<Answer>(
  { fetch, setTimeout, clearTimeout }: Http,
  method: string,
  url: string,
  { token, body, signals = [], patience = PATIENCE, read }: RequestOptions,
): Promise<Answer> {
  const content = body ? { body: JSON.stringify(body) } : {};
  const headers = {
    ...(token && { authorization: `Bearer ${token}` }),
    ...(body ? { "content-type": "application/json" } : {}),
  };
  // By hand: AbortSignal.any and AbortSignal.timeout are not everywhere yet, and the timers are the environment's.
  const abort = new AbortController();
  const end = () => abort.abort();
  const late = setTimeout(end, patience);
  const stops = signals.map((signal) => onAbort(signal, end));
  try {
    const init = { method, headers, signal: abort.signal, cache: "no-store", ...content } as const;
    const response = await fetch(url, init);
    if (response.ok && read) return (await read(response.body as ReadableStream<Uint8Array>)) as Answer;
    const text = await response.text();
    const value = text === "" ? null : parseJson(text);
    if (response.ok && typeof value === "object") return value as Answer;
    throw errorOf(response, value);
  } catch (error) {
    for (const signal of signals) signal?.throwIfAborted();
    if (error instanceof EdgewireError) throw error;
    throw new EdgewireError("unreachable", "The service cannot be reached.");
  } finally {
    clearTimeout(late as never);
    for (const stop of stops) stop();
  }
}

export interface Asked {
  readonly query?: Query;
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
}

/** One request about a channel, by the application's own token, until `end` aborts. */
export async function ask<Answer>(
  { origin, path, token: fresh, environment }: Omit<ConnectionOptions, "end">,
  end: AbortSignal,
  method: string,
  endpoint: string,
  { query = {}, body, signal }: Asked,
): Promise<Answer> {
  const token = await fresh();
  const url = urlOf({ origin: origin(), path, query }, endpoint);
  return request(environment, method, url, { token, body, signals: [signal, end] });
}

/**
 * What a refusal says. An answer that is none of the service's own (a proxy's page, a hotel's login) is not believed: it
 * says nothing about the request but, by a 4xx, that it does not get through.
 */
function errorOf({ status, headers }: Response, value: unknown): EdgewireError {
  const seconds = Number(headers.get("retry-after") ?? Number.NaN);
  const retryAfter = seconds >= 0 ? seconds * 1000 : undefined;
  if (status >= 400 && isObject(value) && typeof value.code === "string") {
    const detail = String(value.detail ?? value.title ?? value.code);
    return new EdgewireError(value.code, detail, retryAfter, status);
  }
  const code = status < 400 || isPassing(status) ? "unreachable" : "unexpected";
  return new EdgewireError(code, `Something else than the service answered, with ${status}.`, retryAfter);
}
