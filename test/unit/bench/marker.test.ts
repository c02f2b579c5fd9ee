import { describe, expect, it } from "vitest";
import {
  CountedText,
  markerText,
  messageName,
  PAYLOAD_BYTES,
  payloadText,
  scanMarkers,
} from "../../bench/load/marker.ts";

function scan(bytes: Uint8Array, start = 0, end = bytes.length): string[] {
  const seen: string[] = [];
  scanMarkers(bytes, start, end, { marker: (publisher, count) => seen.push(messageName(publisher, count)) });
  return seen;
}

function messages(names: readonly [publisher: number, count: number][], firstSeq = 1): string {
  const texts = names.map(([publisher, count], i) =>
    JSON.stringify({ seq: firstSeq + i, data: payloadText(publisher, count) }),
  );
  return `{"type":"messages","messages":[${texts.join(",")}]}`;
}

describe("markers", () => {
  it("a payload has the size that is counted", () => {
    expect(Buffer.byteLength(payloadText(99, 123_456))).toBe(PAYLOAD_BYTES);
  });

  it("are found in every message of a frame, though the messages are not equally long", () => {
    // seq 98 … 102: the distance between two messages changes where the digits do.
    const names = [0, 1, 2, 3, 4].map((count): [number, number] => [7, count]);
    expect(scan(Buffer.from(messages(names, 98)))).toEqual(
      names.map(([publisher, count]) => messageName(publisher, count)),
    );
  });

  it("are read only inside the given range", () => {
    const bytes = Buffer.from(markerText(1, 1) + markerText(2, 2) + markerText(3, 3));
    const length = markerText(0, 0).length;
    expect(scan(bytes, length, 2 * length)).toEqual([messageName(2, 2)]);
  });

  it.each(["#", "#12", "#0001-000000001", "#0001.00000000x"])("%s is not one", (text) => {
    expect(() => scan(Buffer.from(text))).toThrow(/malformed/);
  });

  it("the counts of a publish are written over wherever they stand", () => {
    const text = (count: number) =>
      JSON.stringify({ ref: markerText(42, count), id: messageName(42, count), data: payloadText(42, count) });
    const counted = new CountedText(42, text(0));
    for (const count of [1, 987_654_321, 0]) {
      counted.setCount(count);
      expect(Buffer.from(counted.bytes).toString()).toBe(text(count));
    }
  });
});
