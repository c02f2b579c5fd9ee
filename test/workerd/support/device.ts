import type { Channel } from "./channel.ts";
import { connect } from "./client.ts";
import { env, worker } from "./service.ts";
import { openStream } from "./stream.ts";
import { until } from "./until.ts";

export type Transport = "ws" | "sse" | "poll";
export const TRANSPORTS: readonly Transport[] = ["ws", "sse", "poll"];

export interface DeviceOptions {
  /** Default: the API key. */
  token?: string;
  query?: Record<string, string | number>;
}

/** A client that follows a channel, over whatever transport, as far as these tests need to know. */
export interface Device {
  readonly transport: Transport;
  /** The last that it was told of reading; null: nothing. */
  readonly inbox: { read: string; unread: number } | null;
  readonly connection: string;
  /** Data of the messages that it got. */
  readonly data: unknown[];
  /** The code of its close, or of its `end`; 4000 and the status of a poll that was refused. Null: it goes on. */
  readonly closed: number | null;
  /** Goes, without a word if that is how its transport does it. */
  leave(): Promise<void>;
}

/** Opens one; resolves when it is welcome. */
export function open(transport: Transport, channel: Channel, options: DeviceOptions = {}): Promise<Device> {
  return { ws: openSocket, sse: openEvents, poll: openPoll }[transport](channel, options);
}

/** Resolves with the code when it is closed. */
export function ended(device: Device): Promise<number> {
  return until(() => device.closed, `the end of a ${device.transport}`);
}

export function shows(device: Device, unread: number, read?: string): Promise<unknown> {
  const isShown = () => device.inbox?.unread === unread && (read === undefined || device.inbox.read === read);
  return until(isShown, `unread ${unread} on ${device.transport}`).catch((error) => {
    throw new Error(`${error.message}; it shows ${JSON.stringify(device.inbox)}`);
  });
}

const authorized = (token: string | undefined) => ({ authorization: `Bearer ${token ?? env.API_KEY}` });

async function openSocket(channel: Channel, options: DeviceOptions): Promise<Device> {
  const client = await connect(channel, options);
  return {
    transport: "ws",
    get inbox() {
      const told = client.framesOf("read").at(-1);
      const { read, unread } = client.welcome;
      if (read === undefined) return null;
      const since = told === undefined ? 0 : client.frames.indexOf(told);
      const after = client.frames.slice(since + 1).filter(({ type }) => type === "messages");
      const more = after.flatMap(({ messages }) => messages).filter(({ user }) => user !== channel.id).length;
      return told === undefined ? { read, unread: unread + more } : { read: told.cursor, unread: told.unread + more };
    },
    connection: client.welcome.connection,
    get data() {
      return client.framesOf("messages").flatMap(({ messages }) => messages.map(({ data }: { data: unknown }) => data));
    },
    get closed() {
      return client.closed?.code ?? null;
    },
    leave: async () => void (await client.close(1000)),
  };
}

async function openEvents(channel: Channel, options: DeviceOptions): Promise<Device> {
  const stream = await openStream(channel, options);
  return {
    transport: "sse",
    get inbox() {
      const { read, unread } = stream.welcome;
      if (read === undefined) return null;
      const since = stream.events.findLastIndex(({ name }) => name === "read" || name === "welcome");
      const after = stream.events.slice(since + 1).filter(({ name }) => name === "message");
      const more = after.filter(({ data }) => JSON.parse(data as string).user !== channel.id).length;
      const told = stream.dataOf("read").at(-1) ?? { cursor: read, unread };
      return { read: told.cursor, unread: told.unread + more };
    },
    connection: stream.welcome.connection,
    get data() {
      return stream.dataOf("message").map(({ data }) => data);
    },
    get closed() {
      return stream.isOver ? (stream.dataOf("end")[0]?.code ?? 1006) : null;
    },
    leave: () => stream.cancel(),
  };
}

/** One poll after the other; the first does not wait. */
async function openPoll(channel: Channel, { token, query = {} }: DeviceOptions): Promise<Device> {
  // biome-ignore lint/suspicious/noExplicitAny: what an answer holds differs.
  const answers: any[] = [];
  let status: number | null = null;
  const stop = new AbortController();
  const ask = async (more: Record<string, string | number>) => {
    const init = { headers: authorized(token), signal: stop.signal };
    const answer = await worker.fetch(channel.url("poll", { ...query, ...more }), init);
    if (answer.status === 200) answers.push(await answer.json());
    else status = answer.status;
    return answer;
  };
  const first = await ask({ timeout: 0 });
  if (status !== null) throw new Error(`refused: ${status} ${await first.text()}`);
  const polling = (async () => {
    while (status === null && !stop.signal.aborted) {
      const { cursor, connection } = answers.at(-1);
      await ask({ after: cursor, connection });
    }
  })().catch(() => undefined);
  // What is read between two polls is told with whatever comes next: so it waits until the second is there.
  const { connection } = answers[0];
  const isHeld = (_: unknown, state: DurableObjectState) =>
    state.getWebSockets().some((socket) => socket.deserializeAttachment()?.connection === connection);
  await until(() => channel.inside(isHeld), "the second poll");
  return {
    transport: "poll",
    get inbox() {
      const { read, unread } = answers.at(-1);
      return read === undefined ? null : { read, unread };
    },
    connection,
    get data() {
      return answers.flatMap(({ messages }) => messages.map(({ data }: { data: unknown }) => data));
    },
    get closed() {
      return status === null ? null : 4000 + status;
    },
    leave: async () => {
      stop.abort();
      await polling;
    },
  };
}
