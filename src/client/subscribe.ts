/** A dial as a subscribe says it, and a refusal of it as a close. */
import type { SubscribeFrame } from "../protocol/frames.ts";
import { parseJson } from "../protocol/json.ts";
import { EdgewireError } from "./errors.ts";
import type { Query } from "./link.ts";

/** What has a status of its own; other refusals pass, or do not. A test compares them with the table of all codes. */
export const STATUS: Readonly<Record<string, number>> = {
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  gone: 410,
  rate_limited: 429,
  internal: 500,
};

/** @param retryAfter ms, if the service said so */
export function closeCodeOf(code: string, retryAfter?: number): number {
  return 4000 + (STATUS[code] ?? (new EdgewireError(code, "", retryAfter).retryable ? 503 : 400));
}

export function subscribeFrame(
  channel: string,
  ref: string,
  { after, rewind, presence, member, data }: Query,
): SubscribeFrame {
  return {
    ...{ type: "subscribe", ref, channel, after, rewind, presence },
    ...(member !== undefined && { member: member === 1 }),
    ...(data !== undefined && { data: parseJson(data as string) }),
  } as SubscribeFrame;
}
