/** How clients publish: over their socket, or over HTTP, where the answer waits for the flush. */
import type { Batch } from "../../../../src/core/batch.ts";
import type { Channel } from "../../../../src/core/channel.ts";
import { receiptFields } from "../../../../src/core/encode.ts";
import { formatCursor } from "../../../../src/protocol/cursor.ts";
import type { TestChannel } from "../../../support/test-channel.ts";
import type { Client } from "./client.ts";
import type { Publication, Publications } from "./publications.ts";

export type Way = "socket" | "http";

interface Waiting {
  readonly channel: Channel;
  readonly batch: Batch;
  readonly answers: { readonly publication: Publication; readonly receipt: string }[];
}

export class Publishing {
  readonly #world: TestChannel;
  readonly #publications: Publications;
  #waiting: Waiting[] = [];
  /** Which connection published what, by cursor. */
  readonly origins = new Map<string, string | null>();

  constructor(world: TestChannel, publications: Publications) {
    this.#world = world;
    this.#publications = publications;
  }

  /** One message, with one of the few ids or with none. */
  publish(client: Client, way: Way, id: number | null, flavor: number): void {
    const { connection } = client.peer?.session ?? { connection: null };
    const sender = way === "socket" ? connection : null;
    this.#send(client, this.#publications.make(client.user, nameOf(id), flavor, sender), way);
  }

  /** Several at once, all or none. */
  publishAll(client: Client, ids: readonly (number | null)[]): void {
    this.#post(
      client,
      ids.map((id) => this.#publications.make(client.user, nameOf(id), 0, null)),
    );
  }

  /** The last one again, if it can be known again. */
  retry(client: Client, way: Way): void {
    if (client.last?.id != null) this.#send(client, client.last, way);
  }

  /** Answers the requests whose batch was written. `done`: the last turn came to its end; if not, nobody ever knows. */
  settle(done: boolean): void {
    const world = this.#world;
    const all = this.#waiting;
    this.#waiting = [];
    for (const request of all) {
      if (!done || !world.isAwake || world.channel !== request.channel) continue;
      if (world.channel.publisher.batch === request.batch) this.#waiting.push(request);
      else
        for (const { publication, receipt } of request.answers)
          this.#publications.acknowledged(publication, JSON.parse(receipt));
    }
  }

  #send(client: Client, publication: Publication, way: Way): void {
    if (way === "http" || client.peer?.session.transport !== "ws") return this.#post(client, [publication]);
    const { connection } = client.peer.session;
    this.#noteOrigins(connection, () => client.send(publication, this.#world.now));
  }

  /** In the name of its connection, if it has one. */
  #post(client: Client, all: readonly Publication[]): void {
    const world = this.#world;
    const { connection } = client.peer?.session ?? { connection: null };
    const drafts = all.map(({ id, data }) => ({ id, data: { ...data } }));
    client.last = all.at(-1) ?? null;
    this.#noteOrigins(connection, () => {
      const { channel } = world;
      const { batch } = channel.publisher;
      const answer = world.publish(client.user, drafts, connection);
      if ("code" in answer) for (const publication of all) this.#publications.refused(publication, answer.code);
      else {
        const receipts = answer.receipts.map((receipt) => `{${receiptFields(receipt, channel.epoch)}}`);
        const answers = all.map((publication, index) => ({ publication, receipt: receipts[index] as string }));
        this.#waiting.push({ channel, batch, answers });
      }
    });
  }

  /** Remembers whose the messages are that `accept` puts in the batch. */
  #noteOrigins(connection: string | null, accept: () => void): void {
    const before = this.#world.channel.publisher.batch.entries.length;
    accept();
    const { channel } = this.#world;
    for (const { seq } of channel.publisher.batch.entries.slice(before))
      this.origins.set(formatCursor(channel.epoch, seq), connection);
  }
}

function nameOf(id: number | null): string | null {
  return id === null ? null : `k${id}`;
}
