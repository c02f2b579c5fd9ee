/** A WebSocket that goes through a person's network. */
import type { Gate } from "./gate.ts";
import type { Network, Open } from "./network.ts";

/** As much of a WebSocket as the SDK uses. */
export function socketClassOf(network: Network, gate: Gate): typeof WebSocket {
  class Socket extends EventTarget implements Open {
    static readonly OPEN = WebSocket.OPEN;
    readonly transport = "websocket";
    readonly #socket: WebSocket | null;
    #isOver = false;

    constructor(url: string, protocols: string[]) {
      super();
      this.#socket = network.isBlocked("websocket") ? null : new WebSocket(url, protocols);
      if (this.#socket === null) setTimeout(() => this.cut(), 0);
      else this.#listen(this.#socket);
      network.opened(this);
    }

    get readyState(): number {
      return this.#isOver ? WebSocket.CLOSED : (this.#socket?.readyState ?? WebSocket.CONNECTING);
    }

    send(text: string): void {
      gate.pass(() => {
        if (this.readyState !== WebSocket.OPEN) return;
        network.tell("websocket", "out", text);
        this.#socket?.send(text);
      });
    }

    close(): void {
      network.closed(this);
      this.#socket?.close();
    }

    cut(): void {
      this.#over(1006, "");
      this.#socket?.close();
    }

    #listen(socket: WebSocket): void {
      socket.addEventListener("open", () => gate.pass(() => this.#tell(new Event("open"))));
      socket.addEventListener("message", ({ data }) =>
        gate.pass(() => {
          if (this.#isOver) return;
          network.tell("websocket", "in", String(data));
          this.#tell(new MessageEvent("message", { data }));
        }),
      );
      socket.addEventListener("close", ({ code, reason }) => gate.pass(() => this.#over(code, reason)));
    }

    #over(code: number, reason: string): void {
      this.#tell(new CloseEvent("close", { code, reason }));
      this.#isOver = true;
      network.closed(this);
    }

    #tell(event: Event): void {
      if (!this.#isOver) this.dispatchEvent(event);
    }
  }
  return Socket as unknown as typeof WebSocket;
}
