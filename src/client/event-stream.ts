/** The connection as Server-Sent Events: read with fetch, so that the token goes in a header. */
import { decodeServerFrame } from "../protocol/decode-server.ts";
import type { ServerFrame } from "../protocol/frames.ts";
import { isObject, parseJson } from "../protocol/json.ts";
import { EventDecoder, type ServerSentEvent } from "./event-decoder.ts";
import { errorOf } from "./http.ts";
import { askAsMember, closeCodeOf, Poster } from "./http-link.ts";
import { type Dial, type Target, urlOf } from "./link.ts";
import { Timers } from "./timers.ts";

/** ms: comments come every 15 s, so that after this silence the stream is dead. */
const SILENCE = 40_000;
const RESTART = 1012;

export const dialEventStream: Dial = (target, events, environment) => {
  const timers = new Timers(environment);
  let isOver = false;
  const end = () => {
    isOver = true;
    timers.clear();
    poster.close();
  };
  const over = (code: number, reason: string, retryAfter?: number) => {
    if (isOver) return;
    end();
    events.closed(code, reason, retryAfter);
  };
  const poster = new Poster(target, { ...events, closed: over }, environment);
  const alive = () => {
    timers.later("silence", SILENCE, () => over(1006, "silence"));
    events.alive();
  };

  const take = ({ name, data }: ServerSentEvent) => {
    if (name === "end") {
      const value = parseJson(data);
      const { code, reason } = isObject(value) ? value : {};
      return over(Number.isInteger(code) ? (code as number) : RESTART, String(reason ?? ""));
    }
    const frame = frameOf(name, data);
    if (frame === null) return;
    if (frame.type === "welcome") poster.connection = frame.connection;
    events.frame(frame);
  };

  const ask = async (query: Target["query"]) => {
    const headers: Record<string, string> = target.token === null ? {} : { authorization: `Bearer ${target.token}` };
    const init = { headers, signal: poster.signal, cache: "no-store" } as const;
    const response = await environment.fetch(urlOf({ ...target, query }, "events"), init);
    if (!response.ok) throw errorOf(response, parseJson(await response.text()));
    return response;
  };

  const read = async () => {
    const { answer: response } = await askAsMember(target.query, ask);
    // React Native's own fetch gives no stream: then it is another transport's turn.
    if (!response.body) throw new Error("no stream");
    const reader = response.body.getReader();
    const [text, decoder] = [new TextDecoder(), new EventDecoder()];
    for (let part = await reader.read(); !part.done && !isOver; part = await reader.read()) {
      // Comments are no events: signs of life are the bytes themselves.
      alive();
      for (const event of decoder.decode(text.decode(part.value, { stream: true }))) if (!isOver) take(event);
    }
    over(RESTART, "the stream ended");
  };

  alive();
  read().catch((error: unknown) => {
    const { code, reason, retryAfter } = closeCodeOf(error);
    over(code, reason, retryAfter);
  });
  return { send: (frame) => poster.send(frame), ping: () => undefined, isDuplex: false, close: end };
};

/** The frame that a WebSocket would have brought; null for what is not known. Throws for what is none of the protocol. */
function frameOf(name: string, data: string): ServerFrame | null {
  const text =
    name === "message"
      ? `{"type":"messages","messages":[${data}]}`
      : name === "signal"
        ? `{"type":"signals","signals":[${data}]}`
        : `{"type":${JSON.stringify(name)},${data.slice(1)}`;
  const decoded = decodeServerFrame(text);
  if (decoded.kind === "broken") throw new Error(decoded.reason);
  return decoded.kind === "frame" ? decoded.frame : null;
}
