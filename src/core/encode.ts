/** The frames to clients as text, built around message texts that are never parsed again. */
import type { Failure } from "../protocol/codes.ts";
import { formatCursor, parseCursor } from "../protocol/cursor.ts";
import { serverEvent } from "../protocol/event-stream.ts";
import type { Gap, GapFrame, PresenceFrame } from "../protocol/frames.ts";
import { utf8Length } from "../protocol/json.ts";
import type { Receipt } from "./batch.ts";
import { Frame, singleFrame } from "./frame.ts";

/** @param head of the log: with nothing retained it is all that tells the reader where it stands now */
export function gapFrame(gap: Gap, { epoch, seq }: { epoch: string; seq: number }): Frame {
  const oldest = gap.oldest === null ? null : parseCursor(gap.oldest);
  // Whoever comes back from here is not told of the same hole again.
  const reached = oldest === null ? formatCursor(epoch, seq) : formatCursor(oldest.epoch, oldest.seq - 1);
  const fields = oldest === null ? { ...gap, cursor: reached } : gap;
  return singleFrame("gap", fields satisfies Omit<GapFrame, "type">, reached);
}

/** What an ack and an HTTP answer say of a published message, as JSON without the braces. */
export function receiptFields({ seq, id, at, duplicate }: Receipt, epoch: string): string {
  const fields = `"seq":${seq},"cursor":"${formatCursor(epoch, seq)}","id":${JSON.stringify(id)},"at":${at}`;
  return duplicate ? `${fields},"duplicate":true` : fields;
}

/** @param fields JSON without the braces; may be empty */
export function ackFrame(ref: string, fields: string): string {
  return `{"type":"ack",${ackFields(ref, fields)}}`;
}

/** @param acks each as from `ackFields`, in braces, joined by commas */
export function acksFrame(acks: string): string {
  return `{"type":"acks","acks":[${acks}]}`;
}

export function ackFields(ref: string, fields: string): string {
  return fields === "" ? `"ref":${JSON.stringify(ref)}` : `"ref":${JSON.stringify(ref)},${fields}`;
}

export function errorFrame({ code, detail, retryAfter }: Failure, ref?: string, channel?: string): string {
  return JSON.stringify({
    type: "error",
    ...(channel === undefined ? {} : { channel }),
    ...(ref === undefined ? {} : { ref }),
    code,
    message: detail,
    ...(retryAfter === undefined ? {} : { retryAfter }),
  });
}

/** @param changes members as JSON, by what has happened to them */
export function presenceFrame(
  count: number,
  changes: { readonly [Kind in keyof Omit<PresenceFrame, "type" | "count">]?: readonly string[] },
): Frame {
  const lists = Object.entries(changes).filter(([, members]) => members.length > 0);
  const fields = [`"count":${count}`, ...lists.map(([kind, members]) => `"${kind}":[${members.join(",")}]`)].join(",");
  const text = `{"type":"presence",${fields}}`;
  return new Frame(text, utf8Length(text), () => serverEvent("presence", `{${fields}}`));
}

/** The text of a JSON object without its braces. */
export function fieldsOf(value: object): string {
  return JSON.stringify(value).slice(1, -1);
}
