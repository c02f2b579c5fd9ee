/** What was published over HTTP and waits for its flush. */
import type { Batch } from "../../../../src/core/batch.ts";
import type { Channel } from "../../../../src/core/channel.ts";
import { receiptFields } from "../../../../src/core/encode.ts";
import type { TestChannel } from "../../../support/test-channel.ts";
import type { Publication, Publications } from "./publications.ts";

interface Waiting {
  readonly channel: Channel;
  readonly batch: Batch;
  readonly answers: { readonly publication: Publication; readonly receipt: string }[];
}

export class Requests {
  readonly #publications: Publications;
  #waiting: Waiting[] = [];

  constructor(publications: Publications) {
    this.#publications = publications;
  }

  /** Publishes all or none. */
  post(world: TestChannel, user: string, all: readonly Publication[]): void {
    const { channel } = world;
    const { batch } = channel.publisher;
    const answer = world.publish(
      user,
      all.map(({ id, data }) => ({ id, data: { ...data } })),
    );
    if ("code" in answer) {
      for (const publication of all) this.#publications.refused(publication, answer.code);
      return;
    }
    const receipts = answer.receipts.map((receipt) => `{${receiptFields(receipt, channel.epoch)}}`);
    const answers = all.map((publication, index) => ({ publication, receipt: receipts[index] as string }));
    this.#waiting.push({ channel, batch, answers });
  }

  /** Answers those whose batch was written. `done`: the last turn came to its end; if not, nobody ever knows. */
  settle(world: TestChannel, done: boolean): void {
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
}
