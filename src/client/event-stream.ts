/** The connection as Server-Sent Events: read with fetch, so that the token goes in a header. */
import { isObject, parseJson } from "../protocol/json.ts";
import { EventDecoder, type ServerSentEvent } from "./event-decoder.ts";
import { dialOverHttp } from "./http-link.ts";

/** ms: comments come every 15 s, so that after this silence the stream is dead. */
const SILENCE = 40_000;
/** ms: a service ends a stream before. */
const LONGEST = 2 * 3_600_000;
const RESTART = 1012;

export const dialEventStream = dialOverHttp("sse", (link) => {
  const { events, timer, signal } = link;
  const alive = () => timer.later(SILENCE, () => events.closed(1006, "silence"));

  /** As the frame that a WebSocket would have brought. */
  const take = ({ name, data }: ServerSentEvent) => {
    const value = parseJson(data);
    const fields = isObject(value) ? value : {};
    if (name === "end") {
      const { code, reason } = fields;
      return events.closed(Number.isInteger(code) ? (code as number) : RESTART, String(reason ?? ""));
    }
    if (name === "welcome") link.connection = fields.connection as string;
    if (name === "message") events.frame({ type: "messages", messages: [value] });
    else if (name === "signal") events.frame({ type: "signals", signals: [value] });
    else events.frame({ ...fields, type: name });
  };

  alive();
  return link.listen(
    "events",
    {},
    {
      patience: LONGEST,
      // React Native's own fetch gives no stream: then it is another transport's turn.
      async read(body) {
        const reader = body.getReader();
        const [text, decoder] = [new TextDecoder(), new EventDecoder()];
        for (let part = await reader.read(); !part.done && !signal.aborted; part = await reader.read()) {
          // Comments are no events: signs of life are the bytes themselves.
          alive();
          for (const event of decoder.decode(text.decode(part.value, { stream: true }))) take(event);
        }
        events.closed(RESTART, "the stream ended");
      },
    },
  );
});
