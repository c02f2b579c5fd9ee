import { expect, test } from "vitest";
import { SubscriptionReader, subscribeFrames } from "../../bench/load/subscription-dialect.ts";

function reading(rooms: readonly string[]) {
  const events: string[] = [];
  const readers = new Map(
    rooms.map((room) => [
      room,
      {
        read: (bytes: Uint8Array, start: number, end: number) =>
          void events.push(`${room} reads ${Buffer.from(bytes.subarray(start, end))}`),
      },
    ]),
  );
  const reader = new SubscriptionReader(
    readers,
    (room) => events.push(`in ${room}`),
    () => events.push("fault"),
  );
  const read = (text: string) => {
    const bytes = Buffer.from(`..${text}..`);
    reader.read(bytes, 2, bytes.length - 2);
  };
  return { read, events };
}

test("a frame goes to whoever reads its room, and to nobody else", () => {
  const { read, events } = reading(["a", "b"]);
  const frame = '{"type":"messages","channel":"room:b","messages":[]}';
  read(frame);
  expect(events).toEqual([`b reads ${frame}`]);
});

test("an acknowledged subscription is told by its room", () => {
  const { read, events } = reading(["a", "b"]);
  read('{"type":"ack","ref":"b","channel":"room:b","cursor":"x"}');
  expect(events).toEqual(["in b"]);
});

test("what belongs to no room that was asked for is a fault; what the own channel says is not", () => {
  const { read, events } = reading(["a"]);
  read('{"type":"welcome","channel":"user:u"}');
  read('{"type":"presence"}');
  expect(events).toEqual([]);
  read('{"type":"messages","channel":"room:c","messages":[]}');
  read('{"type":"messages","messages":[]}');
  expect(events).toEqual(["fault", "fault"]);
});

test("each subscription is a masked text frame of its own", () => {
  const bytes = subscribeFrames(["a", "b"]);
  expect(bytes[0]).toBe(0x81);
  const [second = 0] = [bytes.length / 2];
  expect(bytes[second]).toBe(0x81);
});
