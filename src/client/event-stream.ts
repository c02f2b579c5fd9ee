/** The connection as Server-Sent Events: read with fetch, so that the token goes in a header. */
import { EventSourceParserStream } from "eventsource-parser/stream";
import { decodeServerFrame } from "../protocol/decode-server.ts";
import type { ServerFrame } from "../protocol/frames.ts";
import { parseJson } from "../protocol/json.ts";
import { errorOf } from "./http.ts";
import { closeCodeOf, Poster } from "./http-link.ts";
import { type Dial, urlOf } from "./link.ts";

/** ms: comments come every 15 s, so that after this silence the stream is dead. */
const SILENCE = 40_000;
const RESTART = 1012;

export const dialEventStream: Dial = (target, events, environment) => {
  const poster = new Poster(target, events, environment);
  let isOver = false;
  let silence: unknown;
  const over = (code: number, reason: string, retryAfter?: number) => {
    if (isOver) return;
    isOver = true;
    environment.clearTimeout(silence as never);
    poster.close();
    events.closed(code, reason, retryAfter);
  };
  const alive = () => {
    environment.clearTimeout(silence as never);
    if (isOver) return;
    silence = environment.setTimeout(() => over(1006, "silence"), SILENCE);
    events.alive();
  };
  const read = async () => {
    const headers: Record<string, string> = target.token === null ? {} : { authorization: `Bearer ${target.token}` };
    const init = { headers, signal: poster.signal, cache: "no-store" } as const;
    const response = await environment.fetch(urlOf(target, "events"), init);
    if (!response.ok || response.body === null) throw errorOf(response, parseJson(await response.text()));
    // Comments are no events: signs of life are seen in the bytes themselves.
    const watched = response.body.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        transform(bytes, controller) {
          alive();
          controller.enqueue(bytes);
        },
      }),
    );
    const reader = watched
      .pipeThrough(new TextDecoderStream() as unknown as ReadableWritablePair<string, Uint8Array>)
      .pipeThrough(new EventSourceParserStream())
      .getReader();
    for (let part = await reader.read(); !part.done && !isOver; part = await reader.read()) {
      const { event = "message", data } = part.value;
      if (event === "end") {
        const { code = RESTART, reason = "" } = (parseJson(data) ?? {}) as { code?: number; reason?: string };
        return over(code, reason);
      }
      const frame = frameOf(event, data);
      if (frame === null) continue;
      if (frame.type === "welcome") poster.connection = frame.connection;
      events.frame(frame);
    }
    over(RESTART, "the stream ended");
  };
  alive();
  read().catch((error: unknown) => {
    const { code, reason, retryAfter } = closeCodeOf(error);
    over(code, reason, retryAfter);
  });
  return {
    send: (frame) => poster.send(frame),
    ping: () => undefined,
    answersPings: false,
    close: () => {
      isOver = true;
      environment.clearTimeout(silence as never);
      poster.close();
    },
  };
};

/** The frame that a WebSocket would have brought; null for what is not known. */
function frameOf(event: string, data: string): ServerFrame | null {
  const text =
    event === "message"
      ? `{"type":"messages","messages":[${data}]}`
      : event === "signal"
        ? `{"type":"signals","signals":[${data}]}`
        : `{"type":${JSON.stringify(event)},${data.slice(1)}`;
  const decoded = decodeServerFrame(text);
  return decoded.kind === "frame" ? decoded.frame : null;
}
