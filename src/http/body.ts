/** Reads a request's JSON body within its limit, before anything is parsed. (SPEC HTTP-4) */
import { isObject, parseJson } from "../protocol/json.ts";
import { refuse } from "./problem.ts";

const JSON_TYPE = /^application\/([\w.-]+\+)?json\s*(;|$)/i;

/** The JSON that a request carries, whatever it is. */
export async function readJson(request: Request, limit: number): Promise<unknown> {
  const encoding = request.headers.get("content-encoding") ?? "identity";
  if (!JSON_TYPE.test(request.headers.get("content-type") ?? "") || encoding.toLowerCase() !== "identity")
    refuse("unsupported_media_type", "Send JSON as application/json, uncompressed.");
  const bytes = await readBytes(request, limit);
  const value = parseJson(decode(bytes));
  return value === undefined ? refuse("bad_json", "The body is not JSON.") : value;
}

/** The JSON object that a request carries. `advice`: what to send, if it is anything else. */
export async function readObject(request: Request, limit: number, advice: string): Promise<Record<string, unknown>> {
  const value = await readJson(request, limit);
  return isObject(value) ? value : refuse("bad_request", advice);
}

/** Whom a body says its sender acts for; null: it does not. */
export function userIn({ user }: { readonly user?: unknown }): string | null {
  if (user !== undefined && typeof user !== "string") return refuse("bad_id", '"user" must be a user id.');
  return user ?? null;
}

function decode(bytes: Uint8Array): string {
  try {
    // "Ignore" keeps a byte order mark, which is no JSON: as in a frame.
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return refuse("bad_json", "The body is not UTF-8.");
  }
}

async function readBytes(request: Request, limit: number): Promise<Uint8Array> {
  const tooLarge = () => refuse("too_large", `The body may be at most ${limit} bytes.`);
  if (Number(request.headers.get("content-length") ?? 0) > limit) tooLarge();
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Not `arrayBuffer()`: a body without a Content-Length is stopped at the limit, not after it.
  for await (const chunk of unbroken(request.body ?? [])) {
    size += chunk.length;
    if (size > limit) tooLarge();
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/** The same; a body that is cut off, or whose chunks are none, is the sender's fault and not ours. */
async function* unbroken(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks;
  } catch {
    refuse("bad_request", "The body broke off before its end.");
  }
}
