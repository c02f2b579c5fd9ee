import { setTimeout as pause } from "node:timers/promises";
import { WebSocket as WsWebSocket } from "ws";
import { Inbox } from "../../../support/inbox.ts";
import type { Following, ForeignClient, Way } from "./client.ts";

/** What both have in common: the interface of browsers. */
interface Socket {
  readonly protocol: string;
  addEventListener(type: "message", listener: (event: { data: unknown }) => void): void;
  addEventListener(type: "close" | "error", listener: () => void): void;
  close(code?: number): void;
}

/** Node's own, which like a browser's can send no header. */
export const nodeWebSocket: ForeignClient = {
  name: "Node's own WebSocket with the token as a subprotocol",
  start: (way) => follow(way, (url) => new WebSocket(url, ["edgewire.v1", `edgewire.token.${way.token}`])),
};

export const wsWebSocket: ForeignClient = {
  name: "npm's ws with the token in a header",
  start: (way) =>
    follow(way, (url) => {
      return new WsWebSocket(url, ["edgewire.v1"], { headers: { authorization: `Bearer ${way.token}` } });
    }),
};

/** The loop that a WebSocket's user has to write: come back with the cursor of the last message. */
function follow({ origin, path }: Way, dial: (url: string) => Socket): Following {
  const inbox = new Inbox();
  let isWanted = true;
  let socket: Socket | undefined;
  const connect = () => {
    const after = inbox.cursor === undefined ? "" : `?after=${inbox.cursor}`;
    const dialled = dial(`${origin.replace("http", "ws")}${path}/connect${after}`);
    socket = dialled;
    dialled.addEventListener("message", ({ data }) => inbox.takeFrame(String(data)));
    let isOver = false;
    const comeBack = async () => {
      if (isOver) return;
      isOver = true;
      inbox.cuts++;
      await pause(200 * Math.random());
      if (isWanted) connect();
    };
    dialled.addEventListener("close", comeBack);
    // Node 22's tells nothing else when it could not connect (undici's issue 3546; seen with 22.23.3 in November 2026).
    dialled.addEventListener("error", comeBack);
  };
  connect();
  return {
    inbox,
    stop: () => {
      isWanted = false;
      socket?.close(1000);
    },
  };
}
