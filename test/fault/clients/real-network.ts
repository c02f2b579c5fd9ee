/** The real network, for the clients that the simulation has too: sockets of this process. */
import { Agent, type ClientRequest, type IncomingMessage, request } from "node:http";
import WebSocket from "ws";
import type {
  Answer,
  Ask,
  Cut,
  Living,
  Network,
  Socket,
  SocketListener,
  Stream,
  StreamHandler,
  Time,
} from "./network.ts";

/** ms until a connection that does not come about is given up. */
const HANDSHAKE = 10_000;
/** ms of silence before an answer is given up; a poll waits for 3 s at most. */
const PATIENCE = 6000;

/** The time of the clock on the wall. */
export const wallTime: Time = {
  get now() {
    return Date.now();
  },
  after(ms, actor, act) {
    setTimeout(() => {
      if (actor.isAlive) act();
    }, ms);
  },
};

export class RealNetwork implements Network {
  readonly #origin: () => string;
  /** Of requests that end soon: their connections are used again. */
  readonly #agent = new Agent({ keepAlive: true, maxFreeSockets: 2 });
  readonly #open = new Set<() => void>();

  /** @param origin asked at each dial; throws while there is none */
  constructor(origin: () => string) {
    this.#origin = origin;
  }

  ask(client: Living, ask: Ask, done: (answer: Answer | null) => void): Cut {
    const isPoll = ask.path.includes("/poll?");
    return this.#request(client, ask, isPoll ? false : this.#agent, (response, end) => {
      if (response === null) return end(() => done(null));
      readAll(response, (text) => {
        // What is not ours, of a proxy for example, says nothing of what became of it.
        const isOurs = text !== null && response.headers["content-type"]?.includes("json");
        const answer = isOurs ? { status: response.statusCode ?? 0, text, isOnly: true } : null;
        end(() => done(answer));
      });
    });
  }

  connect(client: Living, ask: Ask, done: (socket: Socket | null, answer: Answer | null) => void): Cut {
    let origin: string;
    try {
      origin = this.#origin();
    } catch {
      return failSoon(() => client.isAlive && done(null, null));
    }
    const socket = new WebSocket(origin.replace("http", "ws") + ask.path, {
      headers: { authorization: `Bearer ${ask.token}` },
      perMessageDeflate: false,
      handshakeTimeout: HANDSHAKE,
    });
    const end = () => socket.terminate();
    this.#open.add(end);
    let [isSettled, isBlack] = [false, false];
    const settle = (opened: Socket | null, answer: Answer | null) => {
      if (isSettled) return;
      isSettled = true;
      if (client.isAlive) done(opened, answer);
    };
    const listeners: SocketListener[] = [];
    const tell = (act: (listener: SocketListener) => void) => {
      if (!client.isAlive || isBlack) return;
      for (const listener of listeners) act(listener);
    };
    socket.on("error", () => settle(null, null));
    socket.on("close", (code) => {
      this.#open.delete(end);
      settle(null, null);
      tell((listener) => listener.close(code));
    });
    socket.on("unexpected-response", (_request, response: IncomingMessage) =>
      readAll(response, (text) => {
        settle(null, text === null ? null : { status: response.statusCode ?? 0, text, isOnly: true });
        socket.terminate();
      }),
    );
    socket.on("message", (raw) => tell((listener) => listener.message(raw.toString())));
    socket.on("open", () =>
      settle(
        {
          listen: (listener) => void listeners.push(listener),
          send: (text) => {
            if (socket.readyState === WebSocket.OPEN && !isBlack) socket.send(text);
          },
          close: (code) => socket.close(code),
          cut: end,
          stall: (ms) => stall(socket, ms),
          blacken: () => {
            isBlack = true;
            socket.pause();
          },
        },
        null,
      ),
    );
    return { cut: () => (isSettled ? undefined : end()) };
  }

  stream(client: Living, ask: Ask, handler: StreamHandler): Stream {
    let [stream, isBlack]: [IncomingMessage | null, boolean] = [null, false];
    const begun = this.#request(client, ask, false, (response, end) => {
      if (response === null) return end(() => handler.refused(null));
      if (response.statusCode !== 200) {
        const refused = (text: string | null) => ({ status: response.statusCode ?? 0, text: text ?? "", isOnly: true });
        return readAll(response, (text) => end(() => handler.refused(refused(text))));
      }
      stream = response;
      response.setEncoding("utf8");
      response.on("error", () => undefined);
      response.on("data", (text: string) => {
        if (client.isAlive && !isBlack) handler.chunk(text);
      });
      response.once("close", () => {
        if (!isBlack) end(() => handler.over());
      });
    });
    return {
      cut: begun.cut,
      stall: (ms) => {
        if (stream !== null) stall(stream, ms);
      },
      blacken: () => {
        isBlack = true;
        stream?.pause();
      },
    };
  }

  /** Ends all that is open. */
  close(): void {
    for (const end of [...this.#open]) end();
    this.#agent.destroy();
  }

  /** @param begun told of the head of the answer; null: there was none. It calls `end` once, with what is to be told. */
  #request(
    client: Living,
    { method, path, token, body, headers }: Ask,
    agent: Agent | false,
    begun: (response: IncomingMessage | null, end: (tell: () => void) => void) => void,
  ): Cut {
    let isOver = false;
    let asked: ClientRequest | null = null;
    const stop = () => asked?.destroy();
    const end = (tell: () => void) => {
      if (isOver) return;
      isOver = true;
      this.#open.delete(stop);
      if (client.isAlive) tell();
    };
    let url: string;
    try {
      url = this.#origin() + path;
    } catch {
      return failSoon(() => begun(null, end));
    }
    const text = body === undefined ? undefined : JSON.stringify(body);
    asked = request(url, {
      method,
      agent,
      timeout: PATIENCE,
      headers: {
        authorization: `Bearer ${token}`,
        ...(text === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
    });
    this.#open.add(stop);
    asked.on("timeout", stop);
    asked.once("response", (response) => begun(response, end));
    asked.on("error", () => begun(null, end));
    asked.end(text);
    return {
      cut: () => {
        end(() => {});
        stop();
      },
    };
  }
}

function stall(source: { pause(): void; resume(): void }, ms: number): void {
  source.pause();
  setTimeout(() => source.resume(), ms);
}

/** Tells the whole body, or null if it breaks off. */
function readAll(response: IncomingMessage, done: (text: string | null) => void): void {
  const chunks: Buffer[] = [];
  response.on("data", (chunk: Buffer) => void chunks.push(chunk));
  response.on("error", () => undefined);
  response.once("close", () => done(response.complete ? Buffer.concat(chunks).toString() : null));
}

/** There is nobody to connect to. */
function failSoon(tell: () => void): Cut {
  const timer = setTimeout(tell, 0);
  return { cut: () => clearTimeout(timer) };
}
