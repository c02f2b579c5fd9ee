/** The application's own types, for the compiler alone: what data its messages carry, for all events or for each. */
import type { Message } from "./protocol.ts";

declare const EVENTS: unique symbol;

/** `wire.room<Events<{ message: Chat; move: Move }>>("lobby")`: each event has data of its own. */
export interface Events<DataByEvent> {
  readonly [EVENTS]: DataByEvent;
}

/** One type for the data of all events, or `Events`. */
export type MessageOf<Data> = [Data] extends [Events<infer ByEvent>]
  ? { [Event in keyof ByEvent & string]: MessageWith<Event, ByEvent[Event]> }[keyof ByEvent & string]
  : MessageWith<string, Data>;

type MessageWith<Event, Data> = Omit<Message, "event" | "data"> & { readonly event: Event; readonly data: Data };

export type EventOf<Data> = [Data] extends [Events<infer ByEvent>] ? keyof ByEvent & string : string;

export type DataOf<Data, Event> = [Data] extends [Events<infer ByEvent>] ? ByEvent[Event & keyof ByEvent] : Data;
