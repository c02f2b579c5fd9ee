/**
 * The network of one person, which can be blocked, cut and frozen, and tells what passes. The SDK takes its WebSocket
 * and its fetch as options, and notices nothing.
 */
import type { EdgewireOptions, TransportName } from "../client/index.ts";
import { Gate } from "./gate.ts";
import { socketClassOf } from "./socket.ts";

export interface Frame {
  /** ms */
  readonly at: number;
  readonly direction: "in" | "out";
  readonly transport: TransportName | "http";
  readonly text: string;
}

/** Something open that can be ended from here. */
export interface Open {
  readonly transport: Frame["transport"];
  /** Of a WebSocket. */
  readonly readyState?: number;
  cut(): void;
}

/** What may mean that the network is there again. */
const WAKES = ["online", "pageshow", "visibilitychange"] as const;

/**
 * Of the waits between two tries, which are random up to 20 s, so that thousands do not come back at once. Here are two,
 * and somebody is watching them.
 */
const HASTE = 0.1;
/** ms between two hints that the network has changed, and how many there are. */
const HINT = 1000;
const HINTS = 20;

export class Network {
  readonly #gate = new Gate();
  readonly #blocked = new Set<Frame["transport"]>();
  readonly #open = new Set<Open>();
  readonly #wakes = new Set<() => void>();
  readonly #told: (frame: Frame) => void;

  constructor(told: (frame: Frame) => void) {
    this.#told = told;
    for (const name of WAKES)
      window.addEventListener(name, () => document.visibilityState === "visible" && this.wake());
  }

  /** What the SDK is to use. */
  get options(): Partial<EdgewireOptions> {
    return {
      WebSocket: socketClassOf(this, this.#gate),
      fetch: (input, init) => this.#fetch(String(input), init),
      random: () => Math.random() * HASTE,
      storage: null,
      onWake: (wake) => {
        this.#wakes.add(wake);
        return () => this.#wakes.delete(wake);
      },
    };
  }

  isBlocked(transport: Frame["transport"]): boolean {
    return this.#blocked.has(transport);
  }

  /** Nothing of that kind comes through any more; what is open ends. */
  block(transport: TransportName, isBlocked: boolean): void {
    if (isBlocked) this.#blocked.add(transport);
    else this.#blocked.delete(transport);
    if (isBlocked) this.cut((open) => open.transport === transport);
    else this.#hint(HINTS);
  }

  /** A browser would say that it is in another network by now; perhaps not in the moment in which the SDK can use it. */
  #hint(times: number): void {
    if (times === 0 || [...this.#open].some(({ readyState }) => readyState === WebSocket.OPEN)) return;
    this.wake();
    setTimeout(() => this.#hint(times - 1), HINT);
  }

  /** It may be worth another try. */
  wake(): void {
    for (const wake of [...this.#wakes]) wake();
  }

  /** As if a cable were pulled and put back. */
  cut(chosen: (open: Open) => boolean = () => true): void {
    for (const open of [...this.#open]) if (chosen(open)) open.cut();
  }

  get isFrozen(): boolean {
    return this.#gate.isShut;
  }

  /** Nothing moves, and nobody is told: connections stay open. */
  set isFrozen(isFrozen: boolean) {
    this.#gate.isShut = isFrozen;
  }

  opened(open: Open): void {
    this.#open.add(open);
  }

  closed(open: Open): void {
    this.#open.delete(open);
  }

  tell(transport: Frame["transport"], direction: Frame["direction"], text: string): void {
    this.#told({ at: Date.now(), direction, transport, text });
  }

  async #fetch(url: string, init: RequestInit = {}): Promise<Response> {
    const transport = /\/events(\?|$)/.test(url) ? "sse" : /\/poll(\?|$)/.test(url) ? "poll" : "http";
    if (this.#blocked.has(transport)) throw new TypeError("blocked");
    const abort = new AbortController();
    const end = () => abort.abort();
    init.signal?.addEventListener("abort", end);
    const open: Open = { transport, cut: end };
    this.opened(open);
    const over = () => {
      this.closed(open);
      init.signal?.removeEventListener("abort", end);
    };
    try {
      await this.#passed(abort.signal);
      this.tell(
        transport,
        "out",
        `${init.method ?? "GET"} ${new URL(url).pathname}${init.body ? ` ${init.body}` : ""}`,
      );
      const response = await fetch(url, { ...init, signal: abort.signal });
      return new Response(response.body && this.#through(response.body, transport, abort.signal, over), response);
    } catch (error) {
      over();
      throw error;
    }
  }

  /** What comes, as it comes through. */
  #through(
    body: ReadableStream<Uint8Array>,
    transport: Frame["transport"],
    signal: AbortSignal,
    over: () => void,
  ): ReadableStream {
    const decoder = new TextDecoder();
    const reader = body.getReader();
    return new ReadableStream({
      pull: async (controller) => {
        try {
          const { done, value } = await reader.read();
          await this.#passed(signal);
          if (done) {
            over();
            return controller.close();
          }
          this.tell(transport, "in", decoder.decode(value, { stream: true }));
          controller.enqueue(value);
        } catch (error) {
          over();
          controller.error(error);
        }
      },
      cancel: (reason) => {
        over();
        return reader.cancel(reason);
      },
    });
  }

  /** Rejects if that ends before it is open. */
  #passed(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = () => reject(signal.reason);
      if (signal.aborted) end();
      signal.addEventListener("abort", end, { once: true });
      this.#gate.pass(() => {
        signal.removeEventListener("abort", end);
        resolve();
      });
    });
  }
}
