import { describe, expect, it } from "vitest";
import type { Frame, Signal } from "../support/frames.ts";
import { canonical, oddData } from "../support/odd-data.ts";
import { PollClient } from "../support/poll-client.ts";
import { rawElements, rawField } from "../support/raw-json.ts";
import { beforeMark, headOf } from "../support/readers.ts";
import { uniqueRoom } from "../support/service.ts";
import { useSharedService } from "../support/shared-service.ts";
import type { Subscriber } from "../support/subscriber.ts";
import { overPoll, type Transport, transports } from "../support/transports.ts";
import { until } from "../support/until.ts";

const service = useSharedService();

const subscribe = (transport: Transport, room: string, user = "reader") =>
  service.subscribe(transport, user, room, { signals: 1 });
const post = (room: string, body: unknown, connection?: string) =>
  service.room("POST", room, "signals", { as: "reader", query: { connection }, body });
const signalsOf = (reader: Subscriber) =>
  reader.framesOf<Frame & { signals: Signal[] }>("signals").flatMap(({ signals }) => signals);
const eventsOf = (reader: Subscriber) => signalsOf(reader).map(({ event }) => event);

/**
 * Sends until the reader has what was sent: once, but to one who polls again and again, because what is sent between
 * two polls is not kept.
 */
async function sendUntil(reader: Subscriber, has: () => boolean, send: () => Promise<unknown>): Promise<void> {
  const again = async () => {
    await send();
    return reader.until(has, "the signal", 200).catch(() => false);
  };
  if (reader instanceof PollClient) return void (await until(again, { what: "the signal, sent again and again" }));
  await send();
  await reader.until(has, "the signal");
}

describe.concurrent.each(transports)("over $name", (transport) => {
  it("SIGNAL-1 SIGNAL-3 TRANSPORT-1 a signal comes whole, from a WebSocket and from HTTP", async () => {
    const room = uniqueRoom("signal");
    const reader = await subscribe(transport, room);
    const sender = await service.join("sender", room);
    const { connection } = sender.welcome as unknown as Signal;
    const signal = { event: "typing", data: { on: true }, key: "k" };
    const has = (event: string) => () => eventsOf(reader).includes(event);
    await sendUntil(reader, has("typing"), () => sender.request({ type: "signal", ...signal }));
    await sendUntil(reader, has("poke"), () => post(room, { event: "poke", data: null }));
    const at = expect.any(Number);
    const [first, last] = [signalsOf(reader)[0], signalsOf(reader).at(-1)];
    expect(first).toEqual({ user: "sender", connection, ...signal, at });
    expect(last).toEqual({ user: "reader", event: "poke", data: null, at });
    if (!(reader instanceof PollClient)) expect(eventsOf(reader)).toEqual(["typing", "poke"]);
  });

  it("SIGNAL-1 PUBLISH-4 a signal spares the connection it is sent from, and no other of the same user", async () => {
    const room = uniqueRoom("spared");
    const reader = await subscribe(transport, room);
    const tablet = await service.join("reader", room);
    const { connection } = reader.welcome as unknown as Signal;
    await sendUntil(
      reader,
      () => eventsOf(reader).includes("for-all"),
      async () => {
        expect((await post(room, { event: "spared", data: 1 }, connection)).status).toBe(202);
        await post(room, { event: "for-all", data: 2 });
      },
    );
    expect(eventsOf(reader)).not.toContain("spared");
    expect(eventsOf(tablet)).toContain("spared");
    expect(signalsOf(tablet)[0]).toMatchObject({ user: "reader", connection });
  });

  it("SIGNAL-1 JSON-1 data in a signal is the same bytes, whatever is in it", async () => {
    const room = uniqueRoom("signal-bytes");
    const reader = await subscribe(transport, room);
    const sender = await service.joinAs("sender", room);
    const seen = new Map<string, string | undefined>();
    const look = () => {
      for (const raw of reader.frames.flatMap(({ text, frame }) =>
        frame.type === "signals" ? rawElements(text, "signals") : [],
      ))
        seen.set(JSON.parse(raw).key, rawField(raw, "data"));
      return seen.size === oddData.length;
    };
    await sendUntil(reader, look, async () => {
      for (const [key, json] of oddData)
        sender.send(`{"type":"signal","event":"e","key":${JSON.stringify(key)},"data":${json}}`);
    });
    expect([...seen].sort()).toEqual(oddData.map(([key, json]) => [key, canonical(json)]).sort());
  });

  it("SIGNAL-2 many at once with one key come in order, though not all, and the last does", async () => {
    const room = uniqueRoom("conflation");
    const reader = await subscribe(transport, room);
    const sender = await service.joinAs("sender", room);
    const most = 300;
    for (let n = 1; n < most; n++) sender.send({ type: "signal", event: "cursor", key: "mouse", data: n });
    const positions = () => signalsOf(reader).map(({ data }) => data as number);
    const sendLast = async () => sender.send({ type: "signal", event: "cursor", key: "mouse", data: most });
    await sendUntil(reader, () => positions().at(-1) === most, sendLast);
    const before = positions().filter((n) => n < most);
    expect(before).toEqual([...new Set(before)].toSorted((a, b) => a - b));
    expect(before.length).toBeLessThan(most - 1);
  });

  it("SIGNAL-1 signals move no cursor, and are not there for one who comes back", async () => {
    const room = uniqueRoom("ephemeral");
    const reader = await subscribe(transport, room);
    const head = await headOf(service, room);
    await sendUntil(
      reader,
      () => eventsOf(reader).length > 0,
      () => post(room, { event: "typing", data: null }),
    );
    expect([reader.cursor, await headOf(service, room)]).toEqual([head, head]);
    reader.terminate();
    const back = await reader.resume();
    expect(back.welcome).toMatchObject({ resume: "live", cursor: head });
    expect(await beforeMark(service, room, back)).toEqual([]);
    expect(signalsOf(back)).toEqual([]);
  });
});

it.concurrent("POLL-2 a poll that does not ask for signals gets none", async () => {
  const room = uniqueRoom("unasked");
  const [reader, asking] = [await service.subscribe(overPoll, "reader", room), await subscribe(overPoll, room)];
  await sendUntil(
    asking,
    () => eventsOf(asking).length > 2,
    () => post(room, { event: "typing", data: null }),
  );
  await beforeMark(service, room, reader);
  expect(eventsOf(reader)).toEqual([]);
});
