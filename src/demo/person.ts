/** One of the two: a client like any other, over a network that can be disturbed, whose ins and outs are counted. */
import { Edgewire, type Message, type Receipt, type Room } from "../client/index.ts";
import type { Ledger } from "./ledger.ts";
import { type Frame, Network } from "./network.ts";
import { randomId, type Session, type Someone } from "./session.ts";
import { Tokens } from "./tokens.ts";

/** Of the messages of the chat. */
export type Chat = { readonly text: string };

/** Publishes may wait while the service is down, a burst of a thousand among them. */
const OUTBOX = { messages: 5000, bytes: 4 * 1024 * 1024 };
/** Messages of before that one comes to see. */
export const REWIND = 30;

export class Person {
  readonly someone: Someone;
  readonly network: Network;
  readonly tokens: Tokens;
  readonly wire: Edgewire;
  readonly room: Room<Chat>;
  readonly #ledger: Ledger;

  /** @param told what passes over this person's network */
  constructor(someone: Someone, session: Session, ledger: Ledger, told: (frame: Frame) => void) {
    this.someone = someone;
    this.#ledger = ledger;
    this.network = new Network(told);
    this.tokens = new Tokens(session, someone);
    this.wire = new Edgewire({
      url: location.origin,
      token: this.tokens.fresh,
      outbox: OUTBOX,
      ...this.network.options,
    });
    this.room = this.wire.room<Chat>(session.room, { rewind: REWIND, presence: "members" });
    const { user } = someone;
    this.room.on("message", (message) => ledger.received(user, message));
    this.room.on("gap", () => ledger.beganAnew(user));
    this.room.on("state", ({ name }) => ledger.connected(user, name === "connected"));
  }

  /** Resolves once it is on disk. */
  async say(text: string): Promise<Receipt> {
    return this.publish({ text });
  }

  async publish(data: Chat, event = "message"): Promise<Receipt> {
    const id = randomId(20);
    this.#ledger.publishing(this.someone.user, id);
    try {
      const receipt = await this.room.publish(data, { id, event });
      this.#ledger.acknowledged(id, receipt.seq);
      return receipt;
    } catch (error) {
      this.#ledger.refused(id);
      throw error;
    }
  }

  /** The newest of what was said before a message. */
  async before(message: Pick<Message, "seq">, limit: number): Promise<readonly Message[]> {
    const epoch = this.room.cursor?.split("-")[0];
    if (epoch === undefined) return [];
    return (await this.room.history({ before: `${epoch}-${message.seq}`, limit })).messages;
  }
}
