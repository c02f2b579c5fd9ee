import { PATIENCE } from "./until.ts";

/** What came back, read to its end. `body` is the parsed JSON, or undefined where the text is none. */
export interface Answer<T = Record<string, unknown>> {
  status: number;
  headers: Headers;
  text: string;
  body: T;
}

export interface CallOptions {
  token?: string | undefined;
  headers?: Record<string, string>;
  /** Sent as JSON, unless it is a string or bytes, which are sent as they are. */
  body?: unknown;
  /** Milliseconds. Default `PATIENCE`. */
  timeout?: number;
  signal?: AbortSignal;
}

/** One request by fetch. Content-Type is `application/json` when there is a body, unless a header says otherwise. */
export async function call<T = Record<string, unknown>>(
  method: string,
  url: string,
  { token, headers = {}, body, timeout = PATIENCE, signal }: CallOptions = {},
): Promise<Answer<T>> {
  const all = new Headers(headers);
  if (token !== undefined) all.set("authorization", `Bearer ${token}`);
  const end = AbortSignal.any([AbortSignal.timeout(timeout), ...(signal === undefined ? [] : [signal])]);
  const init: RequestInit = { method, headers: all, redirect: "manual", signal: end };
  if (body !== undefined) {
    init.body =
      typeof body === "string" || body instanceof Uint8Array
        ? (body as NonNullable<RequestInit["body"]>)
        : JSON.stringify(body);
    if (!all.has("content-type")) all.set("content-type", "application/json");
  }
  const response = await fetch(url, init);
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: parsed(text) as T };
}

export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
