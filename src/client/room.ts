/** What an application holds of a channel: its messages, its members, and a way to say something. */
import { onAbort } from "./abort.ts";
import { EdgewireError } from "./errors.ts";
import type { DataOf, EventOf, MessageOf } from "./event-types.ts";
import type { Asked } from "./http.ts";
import { iterate } from "./iterate.ts";
import { newId } from "./new-id.ts";
import type { HistoryOptions, PublishOptions } from "./options.ts";
import type { Receipt } from "./outbox.ts";
import type { HistoryPage, Json, SignalFrame } from "./protocol.ts";
import { Subscription } from "./subscription.ts";

export type { RoomEvents } from "./subscription.ts";

export class Room<Data = Json> extends Subscription<Data> {
  /**
   * Resolves once it is on disk. Made offline it waits, in order, and is sent when the connection is back. Rejects with an
   * `EdgewireError`: refused, `outbox_full`, or `closed` by `leave`. Or with the reason of `signal`: then it is not sent
   * any more, but may have been.
   */
  async publish<Event extends EventOf<Data> = EventOf<Data> & "message">(
    data: DataOf<Data, Event>,
    { event, id = newId(), signal }: PublishOptions<Event> = {},
  ): Promise<Receipt> {
    const { outbox, sender, end } = this;
    signal?.throwIfAborted();
    end.signal.throwIfAborted();
    if (!/^[ -~]{1,64}$/.test(id)) throw new EdgewireError("bad_id", "An id is 1 to 64 printable ASCII characters.");
    const receipt = outbox.add({ id, event: event ?? "message", data: data as Json });
    sender.send();
    return receipt.finally(onAbort(signal, () => outbox.refused(id, signal?.reason)));
  }

  /** To whoever is there now; never stored. False: there is no connection, or it were too many, and it was not sent. */
  signal(event: string, data: Json = null, { key }: { key?: string } = {}): boolean {
    const frame = { type: "signal", event, data, key } as SignalFrame;
    return this.state.name === "connected" && this.sender.maySignal() && this.connection.send(frame);
  }

  /** What others see of this member, from now on and after every reconnect. */
  setData(data: Json): void {
    this.data = data;
    this.connection.send({ type: "presence", data });
  }

  /** A page of what was said before. */
  history({ signal, ...query }: HistoryOptions = {}): Promise<HistoryPage> {
    return this.ask("GET", "messages", { query, signal });
  }

  /** For good: a leave is told at once, what waits to be sent is rejected, and nothing is called back any more. */
  leave(): void {
    this.connection.send({ type: "leave" });
    this.connection.close();
  }

  /** Messages as they come, until the subscription ends; throws the signal's reason, or `overloaded` to a slow reader. */
  messages({ signal }: { signal?: AbortSignal } = {}): AsyncGenerator<MessageOf<Data>, void, void> {
    return iterate((take: (message: MessageOf<Data>) => void) => this.on("message", take), this.end.signal, signal);
  }

  [Symbol.asyncIterator](): AsyncGenerator<MessageOf<Data>, void, void> {
    return this.messages();
  }

  /** One request about this channel, by the application's own token. It ends with the subscription. */
  protected async ask<Answer>(method: string, endpoint: string, what: Asked): Promise<Answer> {
    const { ask } = await import("./later.ts");
    return ask(this.parts, this.end.signal, method, endpoint, what);
  }
}
