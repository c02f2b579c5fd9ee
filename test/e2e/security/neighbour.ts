import { expect } from "vitest";
import type { Client } from "../../support/client.ts";
import type { Service } from "../../support/service.ts";
import { until } from "../../support/until.ts";

/** What a room went through while something happened beside it. */
interface Spell {
  /** How many messages were sent and delivered. */
  said: number;
  readonly errors: string[];
}

/** A room with two who talk: whoever is abused beside it, they should not notice. */
export class Neighbour {
  readonly #speaker: Client;
  readonly #listener: Client;
  #sent = 0;

  private constructor(speaker: Client, listener: Client) {
    this.#speaker = speaker;
    this.#listener = listener;
  }

  static async moveIn(service: Service, room: string): Promise<Neighbour> {
    const neighbour = new Neighbour(await service.joinAs("ann", room), await service.joinAs("ben", room));
    for (let n = 0; n < 10; n++) await neighbour.#talk(); // until everything is warm
    return neighbour;
  }

  /** They talk, one message after the other, for so many messages, and until `isOver`. */
  async talkDuring(isOver: () => boolean, atLeast = 30): Promise<Spell> {
    const spell: Spell = { said: 0, errors: [] };
    for (let n = 0; n < atLeast || !isOver(); n++)
      await this.#talk().then(
        () => spell.said++,
        (error: Error) => spell.errors.push(error.message),
      );
    return spell;
  }

  async #talk(): Promise<void> {
    const data = `word ${++this.#sent}`;
    const answer = await this.#speaker.request({ type: "publish", data, id: `id ${this.#sent}` });
    if (answer.type !== "ack") throw new Error(`refused: ${JSON.stringify(answer)}`);
    await this.#listener.until(({ messages }) => messages.at(-1)?.data === data, data);
  }
}

/**
 * Runs `abuse` while the neighbour talks, and checks that everything it says is acknowledged and delivered. How long that
 * takes is no matter for a test: here all rooms, the abuser and the abused share two cores.
 */
export async function unnoticed(neighbour: Neighbour, abuse: () => Promise<void>): Promise<void> {
  const before = await neighbour.talkDuring(() => true);
  let isOver = false;
  const [during] = await Promise.all([
    neighbour.talkDuring(() => isOver),
    abuse().finally(() => {
      isOver = true;
    }),
  ]);
  expect([...before.errors, ...during.errors]).toEqual([]);
  expect(during.said).toBeGreaterThan(0);
}

/** Waits until the network has taken what was written to it. */
export async function flushed(socket: { readonly unsent: number; readonly isOpen: boolean }): Promise<void> {
  await until(() => socket.unsent === 0 || !socket.isOpen, { what: "the network takes what was sent", every: 5 });
}
