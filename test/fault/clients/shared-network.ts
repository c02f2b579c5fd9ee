/**
 * The same network for clients of one user who follow several channels over one WebSocket, to the user's own (SPEC SUB-1):
 * to each of them it looks like a WebSocket to its channel. What they do over HTTP goes as ever.
 */
import { CODES, isCode } from "../../../src/protocol/codes.ts";
import type { Frame } from "../../support/frames.ts";
import type { Answer, Ask, Cut, Living, Network, Socket, SocketListener, Stream, StreamHandler } from "./network.ts";

/** One client's part of it. */
interface Share<Actor extends Living> {
  readonly client: Actor;
  readonly channel: string;
  /** Of its subscribe; others on the same channel before it had other ones. */
  readonly ref: string;
  readonly query: URLSearchParams;
  readonly done: (socket: Socket | null, answer: Answer | null) => void;
  /** Null: it is not acknowledged yet. */
  listener: SocketListener | null;
}

export class SharedNetwork<Actor extends Living = Living> implements Network<Actor> {
  readonly #network: Network<Actor>;
  readonly #user: string;
  readonly #actor: Actor;
  #trunk: Trunk<Actor> | null = null;
  #refs = 0;

  /** @param actor whose doing the socket is */
  constructor(network: Network<Actor>, user: string, actor: Actor) {
    this.#network = network;
    this.#user = user;
    this.#actor = actor;
  }

  ask(client: Actor, ask: Ask, done: (answer: Answer | null) => void): Cut {
    return this.#network.ask(client, ask, done);
  }

  stream(client: Actor, ask: Ask, handler: StreamHandler): Stream {
    return this.#network.stream(client, ask, handler);
  }

  /** Subscribes, over the socket that there is or a new one with this one's token. */
  connect(client: Actor, { path, ...ask }: Ask, done: Share<Actor>["done"]): Cut {
    const { pathname, searchParams: query } = new URL(path, "http://service");
    const [, , , id = ""] = pathname.split("/");
    const share = { client, channel: `room:${id}`, ref: `s${++this.#refs}`, query, done, listener: null };
    this.#trunk ??= this.#dial({ ...ask, path: `/v1/users/${this.#user}/connect?member=0` });
    const trunk = this.#trunk;
    trunk.add(share);
    return { cut: () => (trunk.isOpening(share) ? trunk.cut() : undefined) };
  }

  #dial(ask: Ask): Trunk<Actor> {
    const trunk: Trunk<Actor> = new Trunk(this.#network, this.#actor, ask, () => {
      if (this.#trunk === trunk) this.#trunk = null;
    });
    return trunk;
  }
}

/** One socket, from its dial to its end. */
class Trunk<Actor extends Living> {
  readonly #shares = new Map<string, Share<Actor>>();
  readonly #begun: Cut;
  readonly #ended: () => void;
  #socket: Socket | null = null;
  #isOver = false;

  constructor(network: Network<Actor>, actor: Actor, ask: Ask, ended: () => void) {
    this.#ended = ended;
    this.#begun = network.connect(actor, ask, (socket, answer) => {
      if (socket === null) return this.#over(1006, answer);
      this.#socket = socket;
      socket.listen({ message: (text) => this.#take(text), close: (code) => this.#over(code, null) });
      for (const share of this.#shares.values()) this.#subscribe(share);
    });
  }

  /** In the place of the one that followed the same channel. */
  add(share: Share<Actor>): void {
    this.#shares.set(share.channel, share);
    if (this.#socket !== null) this.#subscribe(share);
  }

  isOpening(share: Share<Actor>): boolean {
    return share.listener === null && this.#shares.get(share.channel) === share;
  }

  /** All of them lose it. */
  cut(): void {
    if (this.#socket === null) this.#begun.cut();
    else this.#socket.cut();
    this.#over(1006, null);
  }

  #subscribe({ channel, ref, query }: Share<Actor>): void {
    const after = query.get("after") ?? undefined;
    const rewind = query.has("rewind") ? Number(query.get("rewind")) : undefined;
    const presence = query.get("presence") ?? undefined;
    const [member, echo] = [query.get("member") !== "0", query.get("echo") !== "0"];
    this.#send({ type: "subscribe", ref, channel, after, rewind, presence, member, echo });
  }

  #take(text: string): void {
    if (text === "pong") {
      for (const share of [...this.#shares.values()]) if (share.client.isAlive) share.listener?.message(text);
      return;
    }
    const frame = JSON.parse(text) as Frame;
    const share = this.#shares.get(frame.channel as string);
    if (share === undefined || !share.client.isAlive) return; // of the user's own channel, or of nobody any more
    if (share.listener === null) this.#answer(share, frame);
    else if (frame.type === "unsubscribed") this.#end(share, frame.code as number);
    else share.listener.message(text);
  }

  /** What comes before the answer to its subscribe is of the one before. */
  #answer(share: Share<Actor>, frame: Frame): void {
    const answers = frame.type === "acks" ? (frame.acks as Frame[]) : [frame];
    const answer = answers.find(({ ref }) => ref === share.ref);
    if (answer === undefined) return;
    if (frame.type === "error") {
      this.#shares.delete(share.channel);
      const code = String(frame.code);
      const { status } = CODES[isCode(code) ? code : "internal"];
      return share.done(null, { status, text: JSON.stringify(frame), isOnly: true });
    }
    share.done(this.#socketOf(share), null);
    share.listener?.message(JSON.stringify({ ...answer, channel: share.channel, type: "welcome" }));
  }

  #socketOf(share: Share<Actor>): Socket {
    const { channel } = share;
    const isThere = () => this.#shares.get(channel) === share;
    return {
      listen: (listener) => {
        share.listener = listener;
      },
      send: (text) => {
        if (!isThere()) return;
        if (text === "ping") return this.#socket?.send(text);
        const frame = JSON.parse(text) as Frame;
        this.#send(frame.type === "auth" ? frame : { ...frame, channel }); // a token is for all of them
      },
      close: () => {
        if (!isThere()) return;
        this.#shares.delete(channel);
        this.#send({ type: "unsubscribe", channel });
      },
      cut: () => this.cut(),
      stall: (ms) => this.#socket?.stall(ms),
      blacken: () => this.#socket?.blacken(),
    };
  }

  #send(frame: object): void {
    this.#socket?.send(JSON.stringify(frame));
  }

  #over(code: number, answer: Answer | null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#ended();
    for (const share of [...this.#shares.values()])
      if (share.listener === null) {
        this.#shares.delete(share.channel);
        if (share.client.isAlive) share.done(null, answer);
      } else this.#end(share, code);
  }

  #end(share: Share<Actor>, code: number): void {
    this.#shares.delete(share.channel);
    if (share.client.isAlive) share.listener?.close(code);
  }
}
