import { once } from "node:events";
import { WebSocket } from "ws";

/** Bytes that the service behind that inspector still needs, of JavaScript and of its buffers: what is left once all else is collected. */
export async function usedHeap(port: number): Promise<number> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`);
  await once(socket, "open");
  const ask = async (id: number, method: string): Promise<Record<string, unknown>> => {
    socket.send(JSON.stringify({ id, method }));
    for (;;) {
      const [text] = await once(socket, "message");
      const { id: answered, result, error } = JSON.parse(String(text));
      if (answered !== id) continue; // an event
      if (error !== undefined) throw new Error(`${method}: ${error.message}`);
      return result;
    }
  };
  await ask(1, "HeapProfiler.collectGarbage");
  const { usedSize, backingStorageSize = 0 } = await ask(2, "Runtime.getHeapUsage");
  socket.terminate(); // a Close is not answered there
  return (usedSize as number) + (backingStorageSize as number);
}
