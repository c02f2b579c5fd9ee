/** What is sent to readers: written once for each way to read it, however many read it. */
import { messageEvent, serverEvent } from "../protocol/event-stream.ts";
import { utf8Length } from "../protocol/json.ts";
import type { Place } from "./place.ts";

/** How a reader reads: frames of JSON, or events of a stream (`named`: messages under their own event's name). */
export type View = "frames" | "events" | "named-events";

export class Frame {
  readonly text: string;
  /** Of `text`, in UTF-8. */
  readonly bytes: number;
  /** Null: it moves no reader. */
  place: Place | null = null;
  readonly #writeEvents: (named: boolean) => string;
  readonly #events = new Map<View, Uint8Array>();

  constructor(text: string, bytes: number, writeEvents: (named: boolean) => string) {
    this.text = text;
    this.bytes = bytes;
    this.#writeEvents = writeEvents;
  }

  /** The same as events. They are bytes, so that whoever passes them on has nothing to do with them. */
  events(view: View): Uint8Array {
    let known = this.#events.get(view);
    if (known === undefined) {
      known = new TextEncoder().encode(this.#writeEvents(view === "named-events"));
      this.#events.set(view, known);
    }
    return known;
  }
}

/** The same frame, which now says where it lies. */
export function placed(frame: Frame, place: Place): Frame {
  frame.place = place;
  return frame;
}

/** Nothing to read: it only moves readers that keep their positions. */
export function step(place: Place): Frame {
  return placed(new Frame("", 0, () => ""), place);
}

/** A frame that is one event of its type's name: the event's data is the frame without its type. */
export function singleFrame(type: string, fields: object, id?: string): Frame {
  const text = JSON.stringify({ type, ...fields });
  return new Frame(text, utf8Length(text), () => serverEvent(type, JSON.stringify(fields), id));
}

/** A message as it is stored, and its place. */
export interface NumberedText {
  readonly seq: number;
  readonly text: string;
}

/**
 * Messages: one frame, but an event each.
 * @param joined their texts with commas between
 * @param messages the same one by one, asked for only if somebody reads events
 */
export function messagesFrame(
  joined: string,
  epoch: string,
  messages: () => readonly NumberedText[],
  bytes?: number,
): Frame {
  const text = `{"type":"messages","messages":[${joined}]}`;
  return new Frame(text, bytes ?? utf8Length(text), (named) =>
    messages().reduce((all, message) => all + messageEvent(message.text, `${epoch}-${message.seq}`, named), ""),
  );
}

/** Signals: one frame, but an event each. */
export function signalsFrame(texts: readonly string[]): Frame {
  const text = `{"type":"signals","signals":[${texts.join(",")}]}`;
  return new Frame(text, utf8Length(text), () => texts.map((signal) => serverEvent("signal", signal)).join(""));
}

/** The same of a frame's text that is there already: it is taken apart only if somebody reads events. */
export function passedSignals(text: string): Frame {
  return new Frame(text, utf8Length(text), () => {
    const { signals } = JSON.parse(text) as { signals: unknown[] };
    return signals.map((signal) => serverEvent("signal", JSON.stringify(signal))).join("");
  });
}
