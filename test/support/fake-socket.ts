/** A WebSocket without a network: what goes through it is its other end's business. */

export interface SocketPeer {
  readonly url: URL;
  readonly protocols: readonly string[];
  fromClient(text: string): void;
  closedByClient(): void;
}

type Handler = (event: never) => void;

/** The class that the SDK is given; `connect` makes the other end. */
export function fakeWebSocket(connect: (socket: FakeSocket, url: URL, protocols: readonly string[]) => SocketPeer) {
  return class extends FakeSocket {
    constructor(url: string, protocols: readonly string[]) {
      super();
      this.peer = connect(this, new URL(url), protocols);
    }
  } as unknown as typeof WebSocket;
}

export class FakeSocket {
  static readonly OPEN = 1;
  readyState = 0;
  peer: SocketPeer | null = null;
  readonly #handlers = new Map<string, Handler[]>();

  addEventListener(name: string, handler: Handler): void {
    this.#handlers.set(name, [...(this.#handlers.get(name) ?? []), handler]);
  }

  send(text: string): void {
    if (this.readyState !== 1) throw new Error("sent over a socket that is not open");
    this.peer?.fromClient(text);
  }

  close(): void {
    if (this.readyState >= 2) return;
    this.readyState = 3;
    this.peer?.closedByClient();
  }

  // ---- the other end

  open(): void {
    if (this.readyState !== 0) return;
    this.readyState = 1;
    this.#emit("open", {});
  }

  message(data: unknown): void {
    if (this.readyState === 1) this.#emit("message", { data });
  }

  end(code: number, reason = ""): void {
    if (this.readyState >= 2) return;
    this.readyState = 3;
    if (code === 1006) this.#emit("error", {});
    this.#emit("close", { code, reason });
  }

  #emit(name: string, event: object): void {
    for (const handler of this.#handlers.get(name) ?? []) handler(event as never);
  }
}
