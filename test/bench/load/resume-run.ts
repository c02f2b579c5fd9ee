/** A reader that was away comes back, and gets everything since: over each transport, from the beginning of a full log. */
import { Connection } from "./connection.ts";
import { EventStream } from "./event-stream.ts";
import { fill } from "./fill.ts";
import { HttpConnection } from "./http-connection.ts";
import type { Target } from "./job.ts";
import { scanMarkers } from "./marker.ts";

export interface ResumeJob {
  kind: "resume";
  target: Target;
  runName: string;
  messages: number;
}

export type Transport = "ws" | "sse" | "poll";

/** From the request to the last message, ms. */
export interface ResumeResult {
  milliseconds: Record<Transport, number>;
  faults: string[];
}

const PATIENCE_MS = 20_000;

export async function runResumes({ target, runName, messages }: ResumeJob): Promise<ResumeResult> {
  const start = await fill(target, runName, messages);
  const faults: string[] = [];
  const milliseconds = {} as Record<Transport, number>;
  for (const transport of ["ws", "sse", "poll"] as const) {
    const began = performance.now();
    const fault = await read(target, runName, start, messages, transport);
    milliseconds[transport] = performance.now() - began;
    if (fault !== null) faults.push(`${transport}: ${fault}`);
  }
  return { milliseconds, faults };
}

/** Reads everything after `cursor`; answers what was wrong with it, or null. */
function read(target: Target, room: string, cursor: string, messages: number, transport: Transport) {
  return new Promise<string | null>((resolve) => {
    let next = 0;
    const timer = setTimeout(() => finish(`only ${next} of ${messages} came`), PATIENCE_MS);
    const take = (bytes: Uint8Array, start: number, end: number): void =>
      scanMarkers(bytes, start, end, {
        marker(_, count) {
          if (count !== next) finish(`message ${count} where ${next} was due`);
          if (++next === messages) finish(null);
        },
      });
    const headers = [`Authorization: Bearer ${target.apiKey}`];
    const options = { port: target.port, headers, onFailure: (reason: string) => finish(reason) };
    const path = (verb: string) => `/v1/rooms/${room}/${verb}?after=${cursor}`;
    let end: () => void = () => {};
    const finish = (fault: string | null): void => {
      clearTimeout(timer);
      end();
      resolve(fault);
    };
    if (transport === "ws") {
      const socket = new Connection({ ...options, path: path("connect"), offersDeflate: false, onMessage: take });
      end = () => void socket.close(100);
    } else if (transport === "sse") {
      const stream = new EventStream({ ...options, path: path("events"), onEvents: take });
      end = () => void stream.close();
    } else {
      const connection = new HttpConnection(target.port);
      end = () => connection.close();
      void pollAll(connection, room, cursor, headers, (body) => {
        take(body, 0, body.length);
        return next < messages;
      }).catch((error: Error) => finish(error.message));
    }
  });
}

async function pollAll(
  connection: HttpConnection,
  room: string,
  from: string,
  headers: readonly string[],
  take: (body: Buffer) => boolean,
): Promise<void> {
  let query = `after=${from}`;
  for (;;) {
    const { status, body } = await connection.request([`GET /v1/rooms/${room}/poll?${query} HTTP/1.1`, ...headers]);
    if (status !== 200) throw new Error(`a poll was answered ${status} ${body}`);
    if (!take(body)) return;
    const answer = JSON.parse(body.toString()) as { cursor: string; connection: string };
    query = `after=${answer.cursor}&connection=${encodeURIComponent(answer.connection)}`;
  }
}
