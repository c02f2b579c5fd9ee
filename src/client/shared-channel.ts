/** One of the channels that share a connection over HTTP: where it is, and what of the stream is meant for it. */
import { isObject } from "../protocol/json.ts";

/** `/v1/rooms/lobby` of `room:lobby` */
export function pathOf(channel: string): string {
  const colon = channel.indexOf(":");
  return `/v1/${channel.slice(0, colon)}s/${encodeURIComponent(channel.slice(colon + 1))}`;
}

/** A stream tells of presence in all its channels what one of them has asked for. */
export function seenBy(mode: "count" | "members", presence: unknown): object {
  const all = isObject(presence) ? presence : {};
  return mode === "members" ? all : { count: all.count };
}
