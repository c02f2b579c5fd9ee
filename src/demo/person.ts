/** One of the two: a client like any other, over a network that can be disturbed, whose ins and outs are counted. */
import { Edgewire, type Json, type Message, type Receipt, type Room } from "../client/index.ts";
import { FrameLog } from "./frame-log.ts";
import type { Ledger } from "./ledger.ts";
import { Network } from "./network.ts";
import { RoundTrips } from "./round-trips.ts";
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
  readonly room: Room;
  readonly frames = new FrameLog();
  readonly roundTrips = new RoundTrips();
  readonly #ledger: Ledger;

  constructor(someone: Someone, session: Session, ledger: Ledger) {
    this.someone = someone;
    this.#ledger = ledger;
    this.network = new Network(this.frames.add);
    this.tokens = new Tokens(session, someone);
    this.wire = new Edgewire({
      url: location.origin,
      token: this.tokens.fresh,
      outbox: OUTBOX,
      ...this.network.options,
    });
    this.room = this.wire.room(session.room, { rewind: REWIND, presence: "members" });
    const { user } = someone;
    this.room.on("message", (message) => ledger.received(user, message));
    this.room.on("gap", () => ledger.beganAnew(user));
    this.room.on("state", ({ name }) => ledger.connected(user, name === "connected"));
  }

  /** Resolves once it is on disk. */
  async say(text: string): Promise<Receipt> {
    return this.publish({ text } satisfies Chat);
  }

  async publish(data: Json, event = "message"): Promise<Receipt> {
    const id = randomId(20);
    const began = Date.now();
    this.#ledger.publishing(this.someone.user, id);
    try {
      const receipt = await this.room.publish(data, { id, event });
      this.#ledger.acknowledged(id, receipt.seq);
      this.roundTrips.add(began, Date.now() - began);
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
