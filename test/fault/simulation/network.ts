/** Between clients and the machine: requests and answers that take their time, are lost, or come twice. */
import type { Answer, Ask, Cut, Network, Socket, Stream, StreamHandler } from "../clients/network.ts";
import type { Random } from "../random.ts";
import type { Machine, RuntimeResponse } from "./machine.ts";
import type { Actor, Timeline } from "./timeline.ts";
import type { SimulatedSocket } from "./web-socket.ts";

export interface NetworkWeather {
  /** Of requests: lost on the way, or their answers. */
  lost: number;
  /** Of requests that may: come twice. */
  doubled: number;
  /** ms, one way. */
  latency: number;
}

/** ms until a connection of which nothing is acknowledged is given up. */
const GIVEN_UP = 2000;

export class SimulatedNetwork implements Network<Actor> {
  readonly machine: Machine;
  readonly weather: NetworkWeather;
  readonly #timeline: Timeline;
  readonly #random: Random;
  /** What is to be told of a crash of the process. */
  readonly #pending = new Set<() => void>();

  constructor(machine: Machine, timeline: Timeline, random: Random, weather: NetworkWeather) {
    this.machine = machine;
    this.#timeline = timeline;
    this.#random = random;
    this.weather = weather;
  }

  /** The process dies: whoever waits for it is told after a while. */
  kill(): void {
    this.machine.kill();
    const pending = [...this.#pending];
    this.#pending.clear();
    for (const fail of pending) fail();
  }

  latency = (): number => this.#random.between(0.5, this.weather.latency);

  /** A request and its answer; null: there was none, and nobody knows what became of it. */
  ask(client: Actor, ask: Ask, done: (answer: Answer | null) => void): Cut {
    return this.#begin(client, ask, done, async (response, end, isOnly) => {
      const answer = { status: response.status, text: await response.text(), isOnly };
      end(() => done(answer));
    });
  }

  /** A WebSocket; or why there is none. */
  connect(client: Actor, ask: Ask, done: (socket: Socket | null, answer: Answer | null) => void): Cut {
    const upgrade = { ...ask, headers: { ...ask.headers, upgrade: "websocket" } };
    return this.#begin(
      client,
      upgrade,
      () => done(null, null),
      async (response, end) => {
        const { webSocket } = response;
        const answer = {
          status: response.status,
          text: webSocket === undefined ? await response.text() : "",
          isOnly: true,
        };
        if (webSocket !== undefined) webSocket.link.latency = this.latency;
        end(
          () => done(webSocket === undefined ? null : this.#end(webSocket, client), answer),
          () => webSocket?.break({ mine: false, peers: true }),
        );
      },
    );
  }

  /** The client's end of it. */
  #end(socket: SimulatedSocket, client: Actor): Socket {
    socket.actor = client;
    const isOpen = () => socket.readyState === 1;
    return {
      listen: ({ message, close }) =>
        socket.listen({
          message: (data) => message(data as string),
          close: (code, _, clean) => {
            if (clean) socket.close(code);
            close(code);
          },
        }),
      send: (text) => {
        if (isOpen()) socket.send(text);
      },
      close: (code) => {
        if (isOpen()) socket.close(code);
      },
      cut: () => socket.break({ mine: false, peers: true }, this.latency()),
      blacken: () => {
        socket.link.isBlack = true;
      },
      stall: (ms) => {
        socket.link.stalledUntil = this.#timeline.now + ms;
      },
    };
  }

  /** A stream of events. */
  stream(client: Actor, ask: Ask, handler: StreamHandler): Stream {
    let [isCut, stalledUntil, lastArrival] = [false, 0, 0];
    const timeline = this.#timeline;
    const over = () => {
      this.#pending.delete(fail);
      if (!isCut) handler.over();
    };
    const fail = () => this.#later(client, over);
    const inOrder = (act: () => void) => {
      lastArrival = Math.max(lastArrival, timeline.now + this.latency());
      timeline.after(lastArrival - timeline.now, client, () => {
        if (!isCut) act();
      });
    };
    const begun = this.#begin(client, ask, handler.refused, async (response, end) => {
      if (response.status !== 200) {
        const answer = { status: response.status, text: await response.text(), isOnly: true };
        return end(() => handler.refused(answer));
      }
      this.#pending.add(fail);
      const edge = timeline.current;
      const reader = (response.body as ReadableStream<Uint8Array>).getReader();
      const decoder = new TextDecoder();
      end(
        () => {},
        () => {
          timeline.unsettle();
          void reader.cancel();
        },
      );
      const read = async (): Promise<void> => {
        timeline.unsettle();
        const { done, value } = await reader.read();
        // A reader that is gone is noticed by the first write that fails.
        if (isCut) return void reader.cancel();
        if (done) return inOrder(over);
        const text = decoder.decode(value, { stream: true });
        inOrder(() => handler.chunk(text));
        timeline.after(Math.max(stalledUntil - timeline.now, 0.05), edge, () => void read());
      };
      void read();
    });
    return {
      cut: () => {
        isCut = true;
        this.#pending.delete(fail);
        begun.cut();
      },
      // Nothing is acknowledged any more, until the edge's side gives it up: then the next write fails.
      blacken: () =>
        timeline.after(GIVEN_UP, timeline.nobody, () => {
          isCut = true;
        }),
      stall: (ms) => {
        stalledUntil = timeline.now + ms;
      },
    };
  }

  /**
   * @param failed there is no answer
   * @param serve as the edge: takes the response, and says what the client does when it has come, or what to do with it
   *   if it never comes
   */
  #begin(
    client: Actor,
    ask: Ask,
    failed: (answer: null) => void,
    serve: (
      response: RuntimeResponse,
      end: (then: () => void, lost?: () => void) => void,
      isOnly: boolean,
    ) => Promise<void>,
  ): Cut {
    let isOver = false;
    const controller = new AbortController();
    const edges: Actor[] = [];
    const over = (then: () => void) => {
      if (isOver) return false;
      isOver = true;
      this.#pending.delete(fail);
      then();
      return true;
    };
    const fail = () => this.#later(client, () => void over(() => failed(null)));
    this.#pending.add(fail);
    const times = ask.isRepeatable === true && this.#random.chance(this.weather.doubled) ? 2 : 1;
    for (let time = 0; time < times; time++)
      this.#later(this.machine.process, () => {
        if (!this.machine.isUp || this.#random.chance(this.weather.lost / 2)) return fail();
        const edge = this.machine.serve(requestOf(ask, controller.signal), (response) => {
          const isLost = this.#random.chance(this.weather.lost / 2);
          void serve(
            response,
            (then, lost) => {
              if (isLost) lost?.();
              if (isLost) fail();
              else this.#later(client, () => over(then) || lost?.());
            },
            times === 1,
          );
        });
        edges.push(edge);
      });
    return {
      cut: () => {
        for (const edge of edges)
          this.#later(edge, () => {
            this.#timeline.unsettle();
            controller.abort();
          });
        over(() => {});
      },
    };
  }

  #later(actor: Actor, act: () => void): void {
    this.#timeline.after(this.latency(), actor, act);
  }
}

function requestOf({ method, path, token, body, headers }: Ask, signal: AbortSignal): Request {
  // By this name the service takes it that all come from one place, and lets a test choose their relays.
  return new Request(`http://localhost${path}`, {
    method,
    signal,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}
