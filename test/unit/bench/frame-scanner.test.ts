import { describe, expect, it } from "vitest";
import { clientFrameLength, writeClientFrame } from "../../bench/load/client-frame.ts";
import { FrameScanner, Opcode } from "../../bench/load/frame-scanner.ts";

function serverFrame(opcode: number, payload: string, { final = true, first = 0 } = {}): Buffer {
  const bytes = Buffer.from(payload);
  const size =
    bytes.length < 126
      ? [bytes.length]
      : bytes.length < 0x10000
        ? [126, ...bigEndian(bytes, 2)]
        : [127, ...bigEndian(bytes, 8)];
  return Buffer.concat([Buffer.from([(final ? 0x80 : 0) | first | opcode, ...size]), bytes]);
}

function bigEndian({ length }: Buffer, width: number): number[] {
  return Array.from({ length: width }, (_, i) => Math.trunc(length / 256 ** (width - 1 - i)) % 256);
}

/** What a scanner says about `chunks`, as text. */
function read(chunks: readonly Uint8Array[]): string[] {
  const seen: string[] = [];
  const scanner = new FrameScanner({
    message: (bytes, start, end) => seen.push(Buffer.from(bytes.slice(start, end)).toString()),
    control: (opcode, bytes, start, end) => seen.push(`${opcode}:${Buffer.from(bytes.slice(start, end)).toString()}`),
  });
  for (const chunk of chunks) scanner.push(chunk);
  return seen;
}

describe("the frame scanner", () => {
  const lengths = [0, 1, 125, 126, 65_535, 65_536];

  it.each(lengths)("reads a message of %i bytes", (length) => {
    expect(read([serverFrame(Opcode.text, "m".repeat(length))])).toEqual(["m".repeat(length)]);
  });

  const conversation = Buffer.concat([
    serverFrame(Opcode.text, "short"),
    serverFrame(Opcode.text, "x".repeat(300)),
    serverFrame(Opcode.text, "frag", { final: false }),
    serverFrame(Opcode.ping, "between"),
    serverFrame(Opcode.continuation, "men", { final: false }),
    serverFrame(Opcode.continuation, "ted"),
    serverFrame(Opcode.close, "bye"),
  ]);
  const said = ["short", "x".repeat(300), `${Opcode.ping}:between`, "fragmented", `${Opcode.close}:bye`];

  it("reads the same whatever byte the chunks are cut at", () => {
    for (let cut = 0; cut <= conversation.length; cut++) {
      expect(read([conversation.subarray(0, cut), conversation.subarray(cut)]), `cut at ${cut}`).toEqual(said);
    }
  });

  it("reads byte by byte", () => {
    expect(read([...conversation].map((byte) => Uint8Array.of(byte)))).toEqual(said);
  });

  it("reads a large frame in many chunks, and what follows it in the last one", () => {
    const large = "y".repeat(200_000);
    const bytes = Buffer.concat([serverFrame(Opcode.text, large), serverFrame(Opcode.text, "after")]);
    const chunks = Array.from({ length: Math.ceil(bytes.length / 4096) }, (_, i) =>
      bytes.subarray(i * 4096, (i + 1) * 4096),
    );
    expect(read(chunks)).toEqual([large, "after"]);
  });

  it("reads only the given length of a buffer that is used again", () => {
    const shared = new Uint8Array(64).fill(0xff);
    const frame = serverFrame(Opcode.text, "one");
    const seen: string[] = [];
    const message = (bytes: Uint8Array, start: number, end: number) =>
      seen.push(Buffer.from(bytes.slice(start, end)).toString());
    const scanner = new FrameScanner({ message, control: () => {} });
    for (const part of [frame.subarray(0, 3), frame.subarray(3)]) {
      shared.fill(0xff).set(part);
      scanner.push(shared, part.length);
    }
    expect(seen).toEqual(["one"]);
  });

  it.each([
    ["compression nobody agreed on", serverFrame(Opcode.text, "a", { first: 0x40 }), /reserved bits/],
    ["a masked frame", Buffer.from([0x81, 0x81, 0, 0, 0, 0, 0x61]), /masked/],
    ["a continuation of nothing", serverFrame(Opcode.continuation, "a"), /fragments/],
    [
      "a message inside another",
      Buffer.concat([serverFrame(Opcode.text, "a", { final: false }), serverFrame(Opcode.text, "b")]),
      /fragments/,
    ],
  ])("refuses %s", (_name, bytes, reason) => {
    expect(() => read([bytes])).toThrow(reason);
  });
});

describe("a client frame", () => {
  it.each([0, 125, 126, 65_535, 65_536])("of %i bytes is masked and has its length", (length) => {
    const payload = Buffer.alloc(length, "payload ");
    const frame = Buffer.alloc(clientFrameLength(length));
    expect(writeClientFrame(frame, 0, Opcode.text, payload)).toBe(frame.length);
    expect(frame[0]).toBe(0x81);
    expect((frame[1] ?? 0) & 0x80).toBe(0x80);
    const key = frame.subarray(frame.length - length - 4, frame.length - length);
    const masked = frame.subarray(frame.length - length);
    expect(Buffer.from(masked.map((byte, i) => byte ^ (key[i & 3] ?? 0))).equals(payload)).toBe(true);
    // Read as a server's, once the mask is off and its bit cleared, it is the same message.
    const unmasked = Buffer.concat([frame.subarray(0, frame.length - length - 4), payload]);
    unmasked[1] = (unmasked[1] ?? 0) & 0x7f;
    expect(read([unmasked])).toEqual([payload.toString()]);
  });

  it("has another key each time", () => {
    const frames = [1, 2].map(() => {
      const frame = Buffer.alloc(clientFrameLength(4));
      writeClientFrame(frame, 0, Opcode.text, Buffer.from("same"));
      return frame.subarray(2, 6).toString("hex");
    });
    expect(frames[0]).not.toBe(frames[1]);
  });
});
