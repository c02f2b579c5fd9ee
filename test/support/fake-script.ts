/** A service that says over a WebSocket what a script says, however wrong, and a world to hear it in. */
import type { EdgewireOptions } from "../../src/client/index.ts";
import { welcomeOf } from "./fake-service.ts";
import { type FakeSocket, fakeWebSocket } from "./fake-socket.ts";
import { SdkWorld } from "./sdk.ts";

export const EPOCH = "fake0epoch0";
export const welcome = (seq = 0, resume = "live") => welcomeOf({}, `${EPOCH}-${seq}`, resume);
export const message = (seq: number, data: unknown = seq) => ({
  seq,
  id: `m${seq}`,
  user: "bob",
  at: 1,
  event: "message",
  data,
});
export const messages = (...seqs: number[]) => ({ type: "messages", messages: seqs.map((seq) => message(seq)) });

/** Each dial is answered by the next script; what it says goes out as it is, objects as JSON. */
export type Script = (
  say: (frame: unknown) => void,
  socket: FakeSocket,
  url: URL,
) => undefined | ((frame: string) => void);

export function scripted(...scripts: Script[]): { world: SdkWorld; dials: URL[]; options: Partial<EdgewireOptions> } {
  const world = new SdkWorld();
  const dials: URL[] = [];
  const WebSocket = fakeWebSocket((socket, url, protocols) => {
    const script = scripts[Math.min(dials.length, scripts.length - 1)] as Script;
    dials.push(url);
    let heard: undefined | ((frame: string) => void);
    world.clock.setTimeout(() => {
      socket.open();
      const say = (frame: unknown) =>
        socket.message(typeof frame === "string" || frame instanceof Blob ? frame : JSON.stringify(frame));
      heard = script(say, socket, url);
    }, 1);
    return {
      url,
      protocols,
      fromClient: (text) => world.clock.setTimeout(() => heard?.(text), 1),
      closedByClient: () => {},
    };
  });
  return { world, dials, options: { WebSocket, transports: ["websocket"] } };
}
