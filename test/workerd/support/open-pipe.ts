import { vi } from "vitest";
import { type Config, resolveConfig } from "../../../src/config.ts";
import { retryField, serverEvent } from "../../../src/protocol/event-stream.ts";
import { pipe } from "../../../src/transport/event-pipe.ts";
import { eventBlocks } from "../../support/event-blocks.ts";
import { FakeSocket } from "./fake-socket.ts";

export const KiB = 1024;

/** A stream that nobody reads yet. */
export function openPipe(settings: Partial<Config> = {}) {
  const socket = new FakeSocket();
  const reader = pipe(socket as unknown as WebSocket, retryField(2000), resolveConfig(settings).config).getReader();
  let text = "";
  /** Takes one piece; false if the stream is over. */
  const take = async (): Promise<boolean> => {
    const { done, value } = await reader.read();
    text += new TextDecoder().decode(value);
    return !done;
  };
  return {
    socket,
    reader,
    take,
    /** Takes pieces until they are as many bytes. */
    takes: async (bytes: number) => {
      const enough = text.length + bytes;
      while (text.length < enough) await take();
    },
    /** Takes all up to the end. */
    rest: async () => {
      while (await take());
      return text;
    },
    get text() {
      return text;
    },
  };
}
export const bytes = (text: string) => new TextEncoder().encode(text);
export const event = (padding: number) => bytes(serverEvent("message", JSON.stringify("x".repeat(padding))));
export const endOf = (text: string) => eventBlocks(text).at(-1);
export const end = (code: number, reason: string) => ({
  name: "end",
  id: null,
  data: JSON.stringify({ code, reason }),
  retry: null,
});
/** Lets the streams' own promises run. */
export const turn = () => vi.advanceTimersByTimeAsync(0);
