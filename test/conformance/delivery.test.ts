import { describe, expect, it } from "vitest";
import { channelUrl } from "../support/channel-url.ts";
import type { Client } from "../support/client.ts";
import type { Published } from "../support/frames.ts";
import { call } from "../support/http.ts";
import { canonical, oddData } from "../support/odd-data.ts";
import { PollClient } from "../support/poll-client.ts";
import { rawField } from "../support/raw-json.ts";
import { cursorAt, expectWholeLog } from "../support/readers.ts";
import { apiKey, uniqueRoom } from "../support/service.ts";
import { useSharedService } from "../support/shared-service.ts";
import { SseClient } from "../support/sse-client.ts";
import { subscriptionsOverHttp, transports } from "../support/transports.ts";

const service = useSharedService();
/** All that an event stream uses itself, and EventSource beside it. */
const reserved = ["welcome", "gap", "message", "signal", "presence", "read", "end", "open", "error"];

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);
const publishAll = (client: Client, data: unknown[]) =>
  Promise.all(data.map((each) => client.request({ type: "publish", data: each }, 30_000)));
const postAll = async (room: string, data: unknown[]) =>
  expect(
    (
      await service.publish(
        room,
        data.map((each) => ({ data: each })),
      )
    ).status,
  ).toBe(201);

describe.concurrent.each([...transports, ...subscriptionsOverHttp])("over $name", (transport) => {
  it("MSG-1 TRANSPORT-1 what is published over WebSocket and HTTP comes as it is in the log", async () => {
    const room = uniqueRoom("live");
    const reader = await service.subscribe(transport, "reader", room);
    const writer = await service.join("writer", room);
    const ack = await writer.request({ type: "publish", id: "one", event: "said", data: { text: "hello" } });
    const single = await service.publish(room, { id: "two", data: [1, 2] });
    const body = [
      { id: "three", data: null },
      { id: "four", event: "left", data: "", user: "alice" },
    ];
    const array = await service.room<{ results: Published[] }>("POST", room, "messages", { body });
    const log = await expectWholeLog(service, room, [reader, writer]);
    const at = expect.any(Number);
    expect(reader.messages).toEqual([
      { seq: 1, id: "one", user: "writer", at, event: "said", data: { text: "hello" } },
      { seq: 2, id: "two", user: "server", at, event: "message", data: [1, 2] },
      { seq: 3, id: "three", user: "server", at, event: "message", data: null },
      { seq: 4, id: "four", user: "alice", at, event: "left", data: "" },
    ]);
    const answers = [ack, single.body, ...array.body.results] as Published[];
    expect(answers.map(({ seq, cursor, id, at: time }) => ({ seq, cursor, id, at: time }))).toEqual(
      log.map(({ message, cursor }) => ({ seq: message.seq, cursor, id: message.id, at: message.at })),
    );
  });

  it("MSG-4 MSG-2 many publishers over WebSocket and HTTP are in one order, each in its own", async () => {
    const room = uniqueRoom("order");
    const reader = await service.subscribe(transport, "reader", room);
    const sockets = await Promise.all(upTo(3).map((n) => service.joinAs(`ws-${n}`, room, { echo: n % 2 })));
    const overHttp = async (user: string) => {
      for (const n of upTo(20)) expect((await service.publish(room, { user, data: n })).status).toBe(201);
    };
    await Promise.all([
      ...sockets.map((socket) => publishAll(socket, upTo(60))),
      overHttp("post-1"),
      overHttp("post-2"),
    ]);
    await expectWholeLog(service, room, [reader]);
    expect(reader.messages).toHaveLength(3 * 60 + 2 * 20);
    for (const [, messages] of Map.groupBy(reader.messages, ({ user }) => user))
      expect(messages.map(({ data }) => data)).toEqual(upTo(messages.length));
  });

  it("RESUME-2 TRANSPORT-1 two thousand at once all come, once and in order", async () => {
    const room = uniqueRoom("burst");
    const reader = await service.subscribe(transport, "reader", room);
    const sockets = await Promise.all(upTo(2).map((n) => service.joinAs(`ws-${n}`, room, { acks: "batch", echo: 0 })));
    await Promise.all([
      ...sockets.map((socket) => publishAll(socket, upTo(500))),
      ...upTo(10).map(() => postAll(room, upTo(100))),
    ]);
    const late = await service.subscribe(transport, "late", room, { after: cursorAt(reader.cursor as string, 0) });
    expect(await expectWholeLog(service, room, [reader, late])).toHaveLength(2_000);
    if (late instanceof PollClient)
      expect(late.answers.slice(0, 2).map(({ messages }) => messages.length)).toEqual([1_000, 1_000]);
  });

  it("FRAME-7 TRANSPORT-1 32 messages of 64 KiB at once all come", async () => {
    const room = uniqueRoom("large");
    const reader = await service.subscribe(transport, "reader", room);
    const writer = await service.joinAs("writer", room, { echo: 0 });
    const data = upTo(32).map((n) => `${n} `.padEnd(65_536 - 2, "x"));
    await Promise.all([publishAll(writer, data.slice(0, 17)), postAll(room, data.slice(17))]);
    const late = await service.subscribe(transport, "late", room, { after: cursorAt(reader.cursor as string, 0) });
    await expectWholeLog(service, room, [reader, late]);
    expect(reader.messages.map((message) => message.data).sort()).toEqual(data.sort());
  });

  it("MSG-1 JSON-1 any data comes byte for byte: line ends, separators, surrogates, what looks like framing", async () => {
    const room = uniqueRoom("bytes");
    const reader = await service.subscribe(transport, "reader", room);
    const writer = await service.join("writer", room);
    for (const [index, [what, json]] of oddData.entries()) {
      const seq = index + 1;
      if (seq % 2 === 0) writer.send(`{"type":"publish","data":${json}}`);
      else {
        const url = channelUrl(service.origin(), `room:${room}`, "messages");
        expect((await call("POST", url, { token: apiKey, body: `{"data":${json}}` })).status, what).toBe(201);
      }
      await writer.until(({ messages }) => messages.length === seq, what);
    }
    const late = await service.subscribe(transport, "late", room, { after: cursorAt(writer.cursor as string, 0) });
    const log = await expectWholeLog(service, room, [reader, writer, late]);
    expect(log.map(({ raw }) => rawField(raw, "data"))).toEqual(oddData.map(([, json]) => canonical(json)));
  });

  it("SSE-3 GROW-2 named=1 names the events of a stream, but never as its own, and changes nothing elsewhere", async () => {
    const room = uniqueRoom("named");
    const reader = await service.subscribe(transport, "reader", room, { named: 1 });
    const names = [...reserved, "said", "a.b:c-D_9", "Message", "constructor", "x".repeat(64)];
    await service.publish(
      room,
      names.map((event, n) => ({ id: `"${n},"event":"end","event":"`, event, data: { event: `"event":"end"` } })),
    );
    await expectWholeLog(service, room, [reader]);
    expect(reader.messages.map(({ event }) => event)).toEqual(names);
    if (!(reader instanceof SseClient)) return;
    const types = reader.events.map(({ type }) => type).filter((type) => type !== "welcome");
    expect(types).toEqual(names.map((name) => (reserved.includes(name) ? "message" : name)));
  });
});

// Not over poll: what was said between two of them is read from the log, which does not know by which connection it came.
const streaming = transports.filter(({ name }) => name !== "poll");

describe.concurrent.each(streaming)("over $name", (transport) => {
  it("FRAME-8 PUBLISH-4 echo=0 spares a connection what it publishes", async () => {
    const room = uniqueRoom("echo");
    const reader = await service.subscribe(transport, "reader", room, { echo: 0 });
    const other = await service.subscribe(transport, "reader", room);
    const { connection } = reader.welcome as unknown as { connection: string };
    const post = (data: string, query = {}) =>
      service.room("POST", room, "messages", { as: "reader", query, body: { data } });
    await post("own", { connection });
    await post("other", { connection: "0".repeat(36) });
    await post("no connection");
    await expectWholeLog(service, room, [other]);
    await reader.until(({ cursor }) => cursor === other.cursor, "the last");
    expect(reader.messages.map(({ data }) => data)).toEqual(["other", "no connection"]);
  });
});
