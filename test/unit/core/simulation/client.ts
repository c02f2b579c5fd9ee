/** A client of the simulation: it publishes, loses connections, comes back, and believes what it is told. */
import { formatCursor } from "../../../../src/protocol/cursor.ts";
import type { ServerFrame } from "../../../../src/protocol/frames.ts";
import type { Peer } from "../../../support/peer.ts";
import { PresenceView } from "../../../support/presence-view.ts";
import { Chain, type Position } from "./chain.ts";
import type { Ledger } from "./ledger.ts";
import type { Publication, Publications, Receipt } from "./publications.ts";
import { Reader } from "./reader.ts";

export class Client {
  readonly user: string;
  readonly chain = new Chain();
  peer: Peer | null = null;
  reader: Reader | null = null;
  /** What it knows of presence, if it is told of it. */
  view: PresenceView | null = null;
  /** It sends no heartbeat any more. */
  isMute = false;
  lastSign = 0;
  /** What it published last, to be tried again. */
  last: Publication | null = null;
  expires: number | null = null;
  /** Which connection of all it has. */
  serial = 0;
  readonly #ledger: Ledger;
  readonly #publications: Publications;
  /** Frames that are on their way. */
  #inbox: ServerFrame[] = [];
  #tapped = 0;
  #refs = 0;
  #unanswered = new Map<string, Publication>();
  #wasWelcome = false;
  /** Whether it was at the head before what was sent to it last. */
  #wasLive = false;

  constructor(user: string, ledger: Ledger, publications: Publications) {
    this.user = user;
    this.#ledger = ledger;
    this.#publications = publications;
  }

  /** @param after where it said that it was */
  connected(peer: Peer, after: Position | null, now: number): void {
    this.peer = peer;
    this.reader = new Reader(peer.session, after);
    this.view = null;
    this.isMute = false;
    this.lastSign = now;
    this.#inbox = [];
    this.#tapped = 0;
    this.#wasWelcome = false;
    this.#wasLive = false;
    this.#unanswered = new Map();
  }

  /** Publishes over the socket; the answer comes as a frame. */
  send(publication: Publication, now: number): void {
    const ref = `r${++this.#refs}`;
    this.last = publication;
    this.lastSign = now;
    this.#unanswered.set(ref, publication);
    const { id, data } = publication;
    this.peer?.send({ type: "publish", ref, data, ...(id === null ? {} : { id }) });
  }

  /** Looks at what was sent to it just now: nothing of that may be untrue at this moment. */
  tap(now: number): void {
    const { peer, reader } = this;
    if (peer === null || reader === null) return;
    const { frames } = peer.subscriber;
    for (; this.#tapped < frames.length; this.#tapped++)
      for (const frame of reader.decode(frames[this.#tapped] as string)) {
        this.#check(frame, now);
        this.#inbox.push(frame);
      }
    this.#wasLive = peer.session.feed.kind === "live";
  }

  /** The next frames arrive. */
  read(count: number): void {
    for (const frame of this.#inbox.splice(0, count))
      for (const read of this.reader?.take(frame) ?? []) this.chain.take(read, this.isOwn);
  }

  /** What was on its way is lost; a poll is answered with what there is. */
  cut(): void {
    const answer = this.reader?.answer() ?? null;
    if (answer !== null) {
      for (const read of answer.frames) this.chain.take(read, this.isOwn);
      const { epoch, seq } = this.chain.position ?? {};
      if (answer.cursor !== `${epoch}-${seq}`) throw new Error(`POLL-1: ${answer.cursor} is not ${epoch}-${seq}`);
    }
    this.peer = null;
    this.reader = null;
    this.view = null;
    this.#inbox = [];
  }

  /** Whether this very connection published the message at `position`, and wants no echo. */
  isOwn = ({ epoch, seq }: Position): boolean => {
    const { session } = this.peer ?? {};
    if (session === undefined || session.echo) return false;
    return this.origins.get(formatCursor(epoch, seq)) === session.connection;
  };

  /** Which connection published what, by cursor; of all clients. */
  origins: ReadonlyMap<string, string | null> = new Map();

  #check(frame: ServerFrame, now: number): void {
    const ledger = this.#ledger;
    if ((frame.type === "welcome") !== !this.#wasWelcome) throw new Error(`CONNECT-4: ${frame.type} at the wrong time`);
    if (this.expires !== null && now >= this.expires) throw new Error(`S3: ${frame.type} after the end of the token`);
    switch (frame.type) {
      case "welcome": {
        this.#wasWelcome = true;
        if (frame.cursor !== formatCursor(ledger.epoch ?? "", ledger.head))
          throw new Error(`I4: the welcome says ${frame.cursor}, the head is ${ledger.head}`);
        const { member = false, presence } = this.peer?.session ?? {};
        if (presence === "members") this.view = new PresenceView(frame, member ? this.user : null);
        return;
      }
      case "messages":
        for (const message of frame.messages) {
          const position = { epoch: ledger.epoch ?? "", seq: message.seq };
          if (ledger.find(position.epoch, position.seq)?.text !== JSON.stringify(message))
            throw new Error(`I4: ${message.seq} was sent, and that is not in the log`);
          // While it is being fed it gets the log as it is.
          if (this.#wasLive && this.isOwn(position)) throw new Error(`FRAME-8: ${message.seq} is an echo`);
        }
        return;
      case "gap": {
        const oldest = ledger.oldest(now) > ledger.head ? null : formatCursor(ledger.epoch ?? "", ledger.oldest(now));
        if (frame.oldest !== oldest) throw new Error(`I11: the gap says ${frame.oldest}, the oldest is ${oldest}`);
        return;
      }
      case "ack":
        return this.#answered(frame.ref, frame);
      case "acks":
        for (const ack of frame.acks) this.#answered(ack.ref, ack);
        return;
      case "error": {
        const publication = this.#unanswered.get(frame.ref ?? "");
        if (publication === undefined) throw new Error(`an error out of nothing: ${frame.code}`);
        this.#unanswered.delete(frame.ref ?? "");
        return this.#publications.refused(publication, frame.code);
      }
      case "presence":
        return this.view?.fold(frame);
      default:
        return;
    }
  }

  #answered(ref: string, receipt: object): void {
    const publication = this.#unanswered.get(ref);
    if (publication === undefined) throw new Error(`FRAME-1: the ref ${ref} was answered twice, or never asked`);
    this.#unanswered.delete(ref);
    this.#publications.acknowledged(publication, receipt as Receipt);
  }
}
